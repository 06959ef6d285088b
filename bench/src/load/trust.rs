//! The TLS certificate of a run, which its own clients trust.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::Failure;

/// The certificate that a server with TLS presents, and that its clients trust.
#[derive(Debug)]
pub struct Trust {
    /// The file with the certificate.
    pub certificate: PathBuf,
    /// The file with its key.
    pub key: PathBuf,
    root: CertificateDer<'static>,
}

impl Trust {
    /// Creates a self-signed certificate for `localhost`, and writes both files to a folder.
    pub fn new(folder: &Path) -> Result<Self, Failure> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()])?;
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        std::fs::write(&certificate, cert.pem())?;
        std::fs::write(&key, signing_key.serialize_pem())?;
        Ok(Self { certificate, key, root: cert.der().clone() })
    }

    /// Returns the configuration of a client that speaks this protocol (ALPN).
    pub fn config(&self, protocol: &[u8]) -> Result<Arc<ClientConfig>, Failure> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone())?;
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(Arc::new(config))
    }

    /// Returns the server name that clients expect.
    pub fn name() -> Result<ServerName<'static>, Failure> {
        Ok(ServerName::try_from("localhost")?)
    }
}
