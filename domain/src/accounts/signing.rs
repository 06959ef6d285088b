use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use signature::{Signer, Verifier};

use crate::store::identity::IdentityStore;
use crate::{Error, Fingerprint, Randomness, Timestamp};

/// The keys that sign access tokens: private halves are files that only their owner can read, public ones
/// stand in the identity database.
pub(crate) struct SigningKeys {
    pub(super) current: String,
    pub(super) private: Vec<u8>,
    pub(super) public: BTreeMap<String, Vec<u8>>,
}

impl SigningKeys {
    /// Reads the keys, and makes the first one where there is none yet.
    pub(crate) async fn open(
        folder: PathBuf,
        store: &IdentityStore,
        randomness: Randomness,
        now: Timestamp,
    ) -> Result<Self, Error> {
        // The library asks for its cryptography in a global; a second start in the same process finds it set.
        let _ = RING.install_default();
        let mut public = store.signing_keys().await?;
        if public.is_empty() {
            let folder = folder.clone();
            store.first_signing_key(now, move || make(&folder, &randomness)).await?;
            public = store.signing_keys().await?;
        }
        let (current, _) = public.first().cloned().ok_or_else(|| Error::internal("there is no signing key"))?;
        let path = file(&folder, &current);
        let private = std::fs::read(&path)
            .map_err(|error| Error::Unavailable(format!("cannot read the signing key {}: {error}", path.display())))?;
        Ok(Self { current, private, public: public.into_iter().collect() })
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKeys({})", self.current)
    }
}

fn file(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.pk8"))
}

/// Makes a key pair, keeps the private half (PKCS #8) in a file of mode 0600, and gives the id and the public
/// half.
fn make(folder: &Path, randomness: &Randomness) -> Result<(String, Vec<u8>), Error> {
    let document = Ed25519KeyPair::generate_pkcs8(randomness.source())
        .map_err(|_| Error::internal("cannot make a signing key"))?;
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref())
        .map_err(|error| Error::internal(format!("the signing key just made: {error}")))?;
    let public = pair.public_key().as_ref().to_vec();
    let id = Fingerprint::of([public.as_slice()]).to_string()[..16].to_owned();
    let path = file(folder, &id);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| file.write_all(document.as_ref()).and_then(|()| file.sync_all()))
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|error| Error::Unavailable(format!("cannot write {}: {error}", path.display())))?;
    Ok((id, public))
}

/// jsonwebtoken with the cryptography that TLS brings along anyway, and with one algorithm alone.
static RING: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match algorithm {
        Algorithm::EdDSA if key.family() == AlgorithmFamily::Ed => Ok(Box::new(RingSigner::new(key)?)),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    verifier_factory: |algorithm, key| match algorithm {
        Algorithm::EdDSA if key.family() == AlgorithmFamily::Ed => Ok(Box::new(RingVerifier(key.clone()))),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct RingSigner(Ed25519KeyPair);

impl RingSigner {
    fn new(key: &EncodingKey) -> Result<Self, JwtError> {
        Ed25519KeyPair::from_pkcs8(key.as_bytes()).map(Self).map_err(|_| ErrorKind::InvalidEddsaKey.into())
    }
}

impl Signer<Vec<u8>> for RingSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for RingSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct RingVerifier(DecodingKey);

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let key = self.0.try_get_as_bytes().map_err(signature::Error::from_source)?;
        UnparsedPublicKey::new(&ED25519, key).verify(message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
