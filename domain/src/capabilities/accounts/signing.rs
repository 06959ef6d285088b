use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::{Event, ed25519, tokens};
use crate::installation::blocking;
use crate::model::public_key::PublicKey;
use crate::repositories::identity::IdentityStore;
use crate::{Error, Fingerprint, Randomness, Timestamp};
use item_store::owner::{give_as_around, make_folder};

/// How long a key verifies after its retirement, in milliseconds: by then, its last token has expired.
const RETIREMENT: i64 = (tokens::LIFETIME + 2 * tokens::LEEWAY) * 1_000;
/// How long the keys are cached, in milliseconds. Then they are read again, so that a retired key is not trusted for
/// ever.
const REMEMBERED: i64 = 60_000;

impl PublicKey {
    /// Whether tokens that it signed can still be valid.
    pub(super) fn verifies(&self, now: Timestamp) -> bool {
        self.retired_at.is_none_or(|retired| now < retired.plus_millis(RETIREMENT))
    }
}

/// The private half of the key that signs.
#[derive(Clone)]
pub(super) struct PrivateKey {
    pub(super) id: String,
    /// PKCS #8.
    pub(super) private: Vec<u8>,
}

/// The keys that sign access tokens. Private halves are files that only their owner can read. Public halves are in
/// the identity database, where every process finds keys that another one rotated.
pub(crate) struct SigningKeys {
    folder: PathBuf,
    store: Arc<IdentityStore>,
    randomness: Randomness,
    private: Mutex<Option<PrivateKey>>,
    known: RwLock<(Timestamp, Vec<PublicKey>)>,
}

impl SigningKeys {
    /// Returns the keys of an installation. Reads nothing yet.
    pub(crate) fn new(folder: PathBuf, store: Arc<IdentityStore>, randomness: Randomness) -> Self {
        // The library takes its cryptography from a global, which is already set on a second start in the same
        // process.
        let _ = ed25519::PROVIDER.install_default();
        Self {
            folder,
            store,
            randomness,
            private: Mutex::default(),
            known: RwLock::new((Timestamp::from_millis(0), Vec::new())),
        }
    }

    /// Creates the first key if there is none.
    pub(super) async fn make_first(&self, now: Timestamp) -> Result<(), Error> {
        if self.store.signing_keys().await?.is_empty() {
            let (folder, randomness) = (self.folder.clone(), self.randomness.clone());
            self.store.first_signing_key(now, move || make(&folder, &randomness)).await?;
        }
        Ok(())
    }

    /// Returns the file of the current key, if it is lost.
    pub(super) async fn lost(&self) -> Result<Option<PathBuf>, Error> {
        lost(&self.folder, &self.store).await
    }

    /// Returns the key that signs now, whichever process made it. Costs a read, and a read of the file if the key is
    /// new.
    pub(super) async fn current(&self) -> Result<PrivateKey, Error> {
        for attempt in 0.. {
            let newest = self.store.signing_keys().await?.into_iter().next();
            let newest = newest.filter(|key| key.retired_at.is_none());
            let id = newest.ok_or_else(|| Error::internal("there is no signing key"))?.id;
            if let Some(known) = self.private.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
                && known.id == id
            {
                return Ok(known.clone());
            }
            let path = file(&self.folder, &id);
            let read = path.clone();
            match blocking(move || Ok(std::fs::read(&read))).await? {
                Ok(private) => {
                    let key = PrivateKey { id, private };
                    *self.private.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
                    return Ok(key);
                }
                // It was retired in the meantime, and its file removed.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && attempt == 0 => {}
                Err(error) => {
                    let path = path.display();
                    return Err(Error::Unavailable(format!("cannot read the signing key {path}: {error}")));
                }
            }
        }
        Err(Error::internal("there is no signing key"))
    }

    /// Checks that tokens can be signed. Costs a look at the file, and a read if another process has rotated the key.
    pub(crate) async fn check(&self) -> Result<(), Error> {
        let known = self.private.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|key| key.id.clone());
        if let Some(id) = known {
            let path = file(&self.folder, &id);
            if blocking(move || Ok(path.is_file())).await? {
                return Ok(());
            }
        }
        self.current().await.map(drop)
    }

    /// Returns the public half of this key, if it verifies. Looks up an unknown key in the store, because another
    /// process may have made it a moment ago.
    pub(super) async fn public(&self, id: &str, now: Timestamp) -> Result<Option<Vec<u8>>, Error> {
        let find = |keys: &[PublicKey]| {
            let found = keys.iter().find(|key| key.id == id && key.verifies(now));
            found.map(|key| key.bytes.clone())
        };
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let (true, Some(found)) = ((known.0..known.0.plus_millis(REMEMBERED)).contains(&now), find(&known.1)) {
                return Ok(Some(found));
            }
        }
        let keys = self.store.signing_keys().await?;
        let found = find(&keys);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = (now, keys);
        Ok(found)
    }

    /// Returns all keys that are kept; the one that signs comes first.
    pub(super) async fn all(&self) -> Result<Vec<PublicKey>, Error> {
        self.store.signing_keys().await
    }

    /// Replaces the key that signs, in every process. Tokens signed by the previous key stay valid until they expire.
    pub(super) async fn rotate(&self, now: Timestamp, event: Event) -> Result<(), Error> {
        let before: Vec<_> = self.all().await?.into_iter().filter(|key| key.retired_at.is_none()).collect();
        let (folder, randomness) = (self.folder.clone(), self.randomness.clone());
        let forgotten = now.plus_millis(-RETIREMENT);
        self.store.rotate_signing_key(now, forgotten, event, move || make(&folder, &randomness)).await?;
        // The public half verifies what it signed; the private half is only a risk now.
        let files: Vec<_> = before.iter().map(|key| file(&self.folder, &key.id)).collect();
        blocking(move || {
            for path in files {
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        let path = path.display();
                        return Err(Error::Unavailable(format!(
                            "the keys were rotated, but the old private key is still there: remove {path} ({error})"
                        )));
                    }
                    _ => {}
                }
            }
            Ok(())
        })
        .await
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKeys")
    }
}

fn file(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.pk8"))
}

/// Returns the file of the key that signs, if it is missing (after the restore of a backup without it) or does not
/// match the stored public half.
///
/// # Errors
/// `Unavailable` if the file exists but cannot be read.
pub(crate) async fn lost(folder: &Path, store: &IdentityStore) -> Result<Option<PathBuf>, Error> {
    let mut found = None;
    for _ in 0..2 {
        let newest = store.signing_keys().await?.into_iter().find(|key| key.retired_at.is_none());
        let Some(key) = newest else { return Ok(None) };
        let path = file(folder, &key.id);
        if found.as_ref() == Some(&path) {
            break;
        }
        let read = path.clone();
        match blocking(move || Ok(std::fs::read(&read))).await? {
            Ok(private) if is_half_of(&private, &key.bytes) => return Ok(None),
            Ok(_) => return Ok(Some(path)),
            // Another process may have rotated the key: look again.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => found = Some(path),
            Err(error) => {
                let path = path.display();
                return Err(Error::Unavailable(format!(
                    "cannot read the signing key {path}: {error}; run this as the user who owns the file"
                )));
            }
        }
    }
    Ok(found)
}

/// Whether a private key belongs to a public one.
fn is_half_of(private: &[u8], public: &[u8]) -> bool {
    Ed25519KeyPair::from_pkcs8(private).is_ok_and(|pair| pair.public_key().as_ref() == public)
}

/// Creates a key pair. Stores the private half (PKCS #8) in a file with mode 0600, and returns the id and the public
/// half.
fn make(folder: &Path, randomness: &Randomness) -> Result<(String, Vec<u8>), Error> {
    let document = Ed25519KeyPair::generate_pkcs8(randomness.source())
        .map_err(|_| Error::internal("cannot create a signing key"))?;
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref())
        .map_err(|error| Error::internal(format!("the new signing key: {error}")))?;
    let public = pair.public_key().as_ref().to_vec();
    let id = Fingerprint::of([public.as_slice()]).to_string()[..16].to_owned();
    let path = file(folder, &id);
    // The folder may have been lost along with the key.
    make_folder(folder)
        .and_then(|()| OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path))
        .and_then(|mut file| {
            give_as_around(&path)?;
            file.write_all(document.as_ref())?;
            file.sync_all()
        })
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|error| Error::Unavailable(format!("cannot write {}: {error}", path.display())))?;
    Ok((id, public))
}
