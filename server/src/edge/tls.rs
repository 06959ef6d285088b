//! TLS with a certificate and a key from files. They are reloaded when they change, so a new certificate needs no
//! restart.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use twclone_domain::Error;

/// How often the files are checked for changes.
const FILE_POLL_INTERVAL: Duration = Duration::from_secs(5);
/// The ALPN protocols, in order of preference.
pub(super) const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// The modification times of the two files.
type Changed = [Option<SystemTime>; 2];

/// The current certificate.
#[derive(Clone)]
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Arc<RwLock<(TlsAcceptor, Changed)>>,
}

impl Tls {
    /// Reads both PEM files: the certificate with its intermediates, and its private key.
    ///
    /// # Errors
    /// `Unavailable`, with a text that names the file and what is wrong with it.
    pub(crate) fn open(certificate: &Path, key: &Path) -> Result<Self, Error> {
        let changed = changed(certificate, key);
        let current = Arc::new(RwLock::new((read(certificate, key)?, changed)));
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), current })
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.current.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Reloads the files when they change. If they cannot be used, the previous certificate stays. Never returns.
    pub(super) async fn watch(&self) {
        loop {
            tokio::time::sleep(FILE_POLL_INTERVAL).await;
            let tls = self.clone();
            // Reading files blocks.
            let _ = tokio::task::spawn_blocking(move || tls.renew()).await;
        }
    }

    fn renew(&self) {
        let changed = changed(&self.certificate, &self.key);
        if changed == self.current.read().unwrap_or_else(PoisonError::into_inner).1 {
            return;
        }
        match read(&self.certificate, &self.key) {
            Ok(acceptor) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = (acceptor, changed);
                tracing::info!(certificate = %self.certificate.display(), "reloaded the certificate");
            }
            Err(error) => tracing::warn!(%error, "cannot reload the certificate; the old one stays in use"),
        }
    }
}

fn changed(certificate: &Path, key: &Path) -> Changed {
    [certificate, key].map(|path| std::fs::metadata(path).and_then(|data| data.modified()).ok())
}

fn read(certificate: &Path, key: &Path) -> Result<TlsAcceptor, Error> {
    let text = pem(certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| unusable(certificate, "it is not a PEM file with a certificate"))?;
    let private = PrivateKeyDer::from_pem_slice(&pem(key)?);
    let private = private.map_err(|_| unusable(key, "it is not a PEM file with a private key"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::internal(format!("TLS: {error}")))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|_| unusable(key, &format!("it is not the private key of {}", certificate.display())))?;
    config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Reads a PEM file without the byte order mark that some editors add: the parser would skip the line that has it,
/// and with it the first certificate.
fn pem(path: &Path) -> Result<Vec<u8>, Error> {
    let mut text = std::fs::read(path).map_err(|error| unusable(path, &error.to_string()))?;
    if text.starts_with("\u{feff}".as_bytes()) {
        text.drain(..3);
    }
    Ok(text)
}

fn unusable(path: &Path, why: &str) -> Error {
    Error::Unavailable(format!("cannot use {} for TLS: {why}; see tls-certificate and tls-key", path.display()))
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Tls({})", self.certificate.display())
    }
}
