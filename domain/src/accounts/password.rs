use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use unicode_normalization::UnicodeNormalization as _;

use super::gate::{Gate, Turn};
use crate::blocking::Workers;
use crate::{Error, Randomness};

/// A password as somebody brings it to be proved: anything, for it is compared, not kept.
///
/// Systems encode the same letters differently: `é` is one code point or two. Passwords are therefore hashed in
/// Unicode's normalization form KC (NFKC), as NIST SP 800-63B advises. Hashes from before that were made of the form
/// that was typed, which is kept for comparing with them.
#[derive(Clone)]
pub struct Password {
    normalized: String,
    /// The form that was typed, where it is another.
    typed: Option<String>,
}

/// bcrypt reads 72 bytes, the last of which is the NUL that ends the password; it would cut longer ones.
const LONGEST: usize = 71;
const SHORTEST: usize = 8;
/// How many passwords may wait to be hashed or compared, for each thread that does: those of one address, which may have
/// half of it, some four seconds' worth.
const QUEUE: usize = 32;

/// The commonest passwords that are long enough to be accepted otherwise, in lower case: those of the 20,000 of Royce
/// Williams' list, made from public leaks, which Django refuses, too.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common-passwords.txt").lines().collect());

impl Password {
    /// The password as it came.
    #[must_use]
    pub fn new(text: String) -> Self {
        let normalized: String = text.nfkc().collect();
        let typed = Some(text).filter(|text| *text != normalized);
        Self { normalized, typed }
    }

    /// Accepts the password for keeping: 8–71 bytes, no NUL, not among the commonest.
    pub(crate) fn acceptable(&self) -> Result<(), String> {
        self.usable()?;
        if self.normalized.len() < SHORTEST {
            return Err(format!("must have at least {SHORTEST} bytes"));
        }
        if COMMON.contains(self.normalized.to_lowercase().as_str()) {
            return Err("is among the commonest passwords; take one that nobody would guess".to_owned());
        }
        Ok(())
    }

    /// Accepts the password for keeping as an administrator sets it: 1–71 bytes, no NUL.
    pub(crate) fn usable(&self) -> Result<(), String> {
        usable(&self.normalized)
    }

    /// Returns the form that is hashed.
    pub(super) fn as_hashed(&self) -> &[u8] {
        self.normalized.as_bytes()
    }

    /// Returns the password as it was typed. What is remembered of a verdict must be named by this form: two spellings
    /// of a password can have different verdicts where the hash is older than normalization.
    pub(super) fn as_typed(&self) -> &[u8] {
        self.typed.as_ref().unwrap_or(&self.normalized).as_bytes()
    }
}

fn usable(text: &str) -> Result<(), String> {
    if text.is_empty() {
        Err("must not be empty".to_owned())
    } else if text.contains('\0') {
        Err("must not hold a NUL byte, at which bcrypt would stop reading".to_owned())
    } else if text.len() > LONGEST {
        Err(format!("must have at most {LONGEST} bytes, which is as far as bcrypt reads; this has {}", text.len()))
    } else {
        Ok(())
    }
}

impl FromStr for Password {
    type Err = String;

    /// Accepts what may become a password of an account, as people choose it.
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

/// How much was done with passwords since the start, and how much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PasswordWork {
    /// How often bcrypt ran.
    pub bcrypts: u64,
    /// How many calls wait for it.
    pub waiting: usize,
}

/// bcrypt, on threads of its own behind a gate at which addresses take turns: a flood of logins from one address delays
/// others by one bcrypt, and is refused when it gets long.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    workers: Arc<Workers<()>>,
    gate: Arc<Gate>,
    room: usize,
    cost: u32,
    randomness: Randomness,
    bcrypts: Arc<AtomicU64>,
    /// Compared with where there is no account, so that this takes the same time.
    nobody: String,
}

impl Passwords {
    pub(super) fn start(cost: u32, randomness: &Randomness) -> Result<Self, Error> {
        // One processor stays free for all that is not bcrypt, where there is more than one.
        let threads = (std::thread::available_parallelism().map_or(1, usize::from) - 1).clamp(1, 8);
        // Any well-formed hash of the current cost serves: the answer is thrown away.
        let nobody = format!("$2b${cost:02}$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ0123u");
        nobody.parse::<bcrypt::HashParts>().map_err(|error| Error::internal(format!("bcrypt: {error}")))?;
        Ok(Self {
            workers: Arc::new(Workers::start_behind("bcrypt", vec![(); threads], threads)?),
            gate: Gate::new(threads, QUEUE * threads),
            room: QUEUE * threads,
            cost,
            randomness: randomness.clone(),
            bcrypts: Arc::default(),
            nobody,
        })
    }

    /// How many calls there may be at a time; more are refused.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Hashes a password for keeping, when it is its turn.
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

    /// Whether a hash was made at the cost that holds now.
    pub(super) fn is_current(&self, hash: &str) -> bool {
        hash.parse::<bcrypt::HashParts>().is_ok_and(|parts| parts.get_cost() == self.cost)
    }

    /// Compares a password with a hash, when it is its turn; without a hash it compares with nobody's, and says no. A
    /// password that is not normalized is compared in both forms, which takes twice the time, with or without a hash.
    pub(super) async fn verify(&self, password: Password, hash: Option<&str>, turn: &Turn) -> Result<bool, Error> {
        let permit = self.gate.enter(turn).await?;
        let hash_or_nobodys = hash.unwrap_or(&self.nobody).to_owned();
        let bcrypts = Arc::clone(&self.bcrypts);
        let same = self
            .workers
            .run(move |()| {
                let _until_done = permit;
                let is_same = |text: &str| {
                    bcrypts.fetch_add(1, Ordering::Relaxed);
                    // What bcrypt would cut cannot be anybody's password, but takes the same time.
                    let usable = usable(text).is_ok();
                    bcrypt::verify(text.as_bytes(), &hash_or_nobodys).unwrap_or(false) && usable
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
