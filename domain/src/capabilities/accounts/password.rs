use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use unicode_normalization::UnicodeNormalization as _;

use super::gate::{Gate, Turn};
use crate::{Error, Randomness};
use item_store::workers::Workers;

/// A password to verify. Anything is accepted, because it is compared, not stored.
///
/// Systems encode the same letters differently: `é` is one code point or two. Passwords are therefore hashed in
/// Unicode's normalization form KC (NFKC), as NIST SP 800-63B advises. Older hashes were made from the typed form,
/// which is kept for comparing with them.
#[derive(Clone)]
pub struct Password {
    normalized: String,
    /// The typed form, if it differs.
    typed: Option<String>,
}

/// How many passwords may wait for each hashing thread. One address may use half of that, some four seconds of work.
const QUEUE: usize = 32;

/// The most common passwords that would otherwise be long enough, in lower case. They come from the 20,000 of Royce
/// Williams' list, made from public leaks, which Django refuses, too.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common-passwords.txt").lines().collect());

impl Password {
    /// Maximum length in bytes. bcrypt reads 72 bytes, including the NUL that ends the password; it would truncate
    /// longer ones.
    pub const LONGEST: usize = 71;
    /// Minimum length in bytes of a password chosen by its owner.
    pub const SHORTEST: usize = 8;

    /// Wraps any text.
    #[must_use]
    pub fn new(text: String) -> Self {
        let normalized: String = text.nfkc().collect();
        let typed = Some(text).filter(|text| *text != normalized);
        Self { normalized, typed }
    }

    /// Checks a password chosen by its owner: 8–71 bytes, no NUL, not one of the most common.
    pub(crate) fn acceptable(&self) -> Result<(), String> {
        self.usable()?;
        if self.normalized.len() < Self::SHORTEST {
            return Err(format!("must have at least {} bytes", Self::SHORTEST));
        }
        if COMMON.contains(self.normalized.to_lowercase().as_str()) {
            return Err("is one of the most common passwords; choose one that is hard to guess".to_owned());
        }
        Ok(())
    }

    /// Checks a password set by an administrator: 1–71 bytes, no NUL.
    pub(crate) fn usable(&self) -> Result<(), String> {
        usable(&self.normalized)
    }

    /// Returns the form that is hashed.
    pub(super) fn as_hashed(&self) -> &[u8] {
        self.normalized.as_bytes()
    }

    /// Returns the form that was typed. A remembered verdict must be keyed by this form: two spellings of a password
    /// can have different verdicts if the hash is older than normalization.
    pub(super) fn as_typed(&self) -> &[u8] {
        self.typed.as_ref().unwrap_or(&self.normalized).as_bytes()
    }
}

fn usable(text: &str) -> Result<(), String> {
    if text.is_empty() {
        Err("must not be empty".to_owned())
    } else if text.contains('\0') {
        Err("must not contain a NUL byte".to_owned())
    } else if text.len() > Password::LONGEST {
        Err(format!("must have at most {} bytes; this has {}", Password::LONGEST, text.len()))
    } else {
        Ok(())
    }
}

impl FromStr for Password {
    type Err = String;

    /// Accepts a password as its owner may choose it.
    fn from_str(text: &str) -> Result<Self, String> {
        let password = Self::new(text.to_owned());
        password.acceptable().map(|()| password)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}

/// How much password work was done since the start, and how much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PasswordWork {
    /// How often bcrypt ran.
    pub bcrypts: u64,
    /// How many calls wait for bcrypt.
    pub waiting: usize,
}

/// bcrypt on its own threads, behind a gate at which addresses take turns: a flood of logins from one address delays
/// others by one bcrypt, and is refused when it gets long.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    workers: Arc<Workers<()>>,
    gate: Arc<Gate>,
    room: usize,
    cost: u32,
    randomness: Randomness,
    bcrypts: Arc<AtomicU64>,
    /// The hash to compare with if there is no account, so that this takes the same time.
    dummy: String,
}

impl Passwords {
    pub(super) fn start(cost: u32, randomness: &Randomness) -> Result<Self, Error> {
        // Leaves one processor free for everything else, if there is more than one.
        let threads = (std::thread::available_parallelism().map_or(1, usize::from) - 1).clamp(1, 8);
        // Any well-formed hash of the configured cost works: the result is discarded.
        let dummy = format!("$2b${cost:02}$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ0123u");
        dummy.parse::<bcrypt::HashParts>().map_err(|error| Error::internal(format!("bcrypt: {error}")))?;
        Ok(Self {
            workers: Arc::new(Workers::start_behind("bcrypt", vec![(); threads], threads)?),
            gate: Gate::new(threads, QUEUE * threads),
            room: QUEUE * threads,
            cost,
            randomness: randomness.clone(),
            bcrypts: Arc::default(),
            dummy,
        })
    }

    /// Returns how many calls may wait at a time; more are refused.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Hashes a password for storing, when it is its turn.
    pub(super) async fn hash(&self, password: Password, turn: &Turn) -> Result<String, Error> {
        let salt = self.randomness.bytes()?;
        let permit = self.gate.enter(turn).await?;
        let (cost, bcrypts) = (self.cost, Arc::clone(&self.bcrypts));
        self.workers
            .run(move |()| {
                let _until_done = permit;
                bcrypts.fetch_add(1, Ordering::Relaxed);
                bcrypt::non_truncating_hash_with_salt(password.normalized.as_bytes(), cost, salt)
            })
            .await?
            .map(|hash| hash.format_for_version(bcrypt::Version::TwoB))
            .map_err(|error| Error::internal(format!("bcrypt: {error}")))
    }

    /// Whether a hash has the configured cost.
    pub(super) fn is_current(&self, hash: &str) -> bool {
        hash.parse::<bcrypt::HashParts>().is_ok_and(|parts| parts.get_cost() == self.cost)
    }

    /// Compares a password with a hash, when it is its turn. Without a hash, it compares with a dummy and returns
    /// false. A password that is not normalized is compared in both forms, which takes twice the time, with or
    /// without a hash.
    pub(super) async fn verify(&self, password: Password, hash: Option<&str>, turn: &Turn) -> Result<bool, Error> {
        let permit = self.gate.enter(turn).await?;
        let hash_or_dummy = hash.unwrap_or(&self.dummy).to_owned();
        let bcrypts = Arc::clone(&self.bcrypts);
        let same = self
            .workers
            .run(move |()| {
                let _until_done = permit;
                let is_same = |text: &str| {
                    bcrypts.fetch_add(1, Ordering::Relaxed);
                    // What bcrypt would truncate cannot be a valid password, but takes the same time.
                    let usable = usable(text).is_ok();
                    bcrypt::verify(text.as_bytes(), &hash_or_dummy).unwrap_or(false) && usable
                };
                is_same(&password.normalized) || password.typed.as_deref().is_some_and(is_same)
            })
            .await?;
        Ok(same && hash.is_some())
    }

    pub(super) fn work(&self) -> PasswordWork {
        PasswordWork { bcrypts: self.bcrypts.load(Ordering::Relaxed), waiting: self.gate.waiting() }
    }
}
