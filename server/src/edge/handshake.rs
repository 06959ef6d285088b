//! The handshake by which a gateway and a service prove to each other that they know the installation's secret,
//! before anything else is sent on a connection. The secret itself is never sent.
//!
//! 1. The gateway sends `HELLO` and a nonce.
//! 2. The service sends `HELLO`, a nonce and its proof.
//! 3. The gateway sends its proof; the first request may follow at once.
//!
//! A proof is an HMAC-SHA256 under the secret over the role, both nonces, and the name and address of the service as
//! in the registry. Fresh nonces prevent replay. The role prevents reflection. The address, which the gateway has
//! dialled, prevents relaying a proof from a service elsewhere. The instance id is not part of it, so that a gateway
//! accepts a restarted instance before it reads the registry again. The connection itself is not encrypted: it is meant
//! for one machine, where only root can read the traffic of others.

use std::fmt;

use ring::hmac;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use twclone_domain::registry::Instance;
use twclone_domain::{Error, Randomness};

/// The greeting. Its first byte starts neither an HTTP request nor a TLS handshake. The digit is the version.
const HELLO: [u8; 16] = *b"\0twclone peer 1\n";
/// The first byte of the greeting.
pub(super) const FIRST: u8 = HELLO[0];
const NONCE: usize = 32;
const PROOF: usize = 32;
/// Minimum length of the secret, in bytes of text. A shorter one could be guessed from a proof, which is sent. Those
/// that twclone makes have 43.
const SECRET: usize = 32;

/// Why the peer is rejected.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It closed the connection, or reading or writing failed.
    Gone,
    /// It speaks another protocol.
    Stranger,
    /// Its proof is wrong.
    Wrong,
}

/// The secret and the source of nonces.
#[derive(Clone)]
pub(crate) struct Handshake {
    secret: hmac::Key,
    randomness: Randomness,
}

/// What the proofs of one connection have in common.
struct Challenge<'a> {
    gateway: [u8; NONCE],
    service: [u8; NONCE],
    instance: &'a Instance,
}

impl Handshake {
    /// Creates a handshake from the text of the secret's file.
    ///
    /// # Errors
    /// `Unavailable` if the secret is too short.
    pub(crate) fn new(secret: &str, randomness: &Randomness) -> Result<Self, Error> {
        if secret.len() < SECRET {
            return Err(Error::Unavailable(format!(
                "the secret of gateways and services has {} characters and needs at least {SECRET}; remove \
                 keys/edge.secret from the data folder, and restart every process to create a new one",
                secret.len()
            )));
        }
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Ok(Self { secret, randomness: randomness.clone() })
    }

    /// Performs the gateway's side with the service that it has dialled. Send nothing before this has succeeded.
    ///
    /// # Errors
    /// Why the service is rejected.
    pub(super) async fn call(
        &self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        instance: &Instance,
    ) -> Result<(), Refusal> {
        let gateway = self.nonce()?;
        stream.write_all(&[&HELLO[..], &gateway].concat()).await?;
        if read(stream).await? != HELLO {
            return Err(Refusal::Stranger);
        }
        let challenge = Challenge { gateway, service: read(stream).await?, instance };
        challenge.verify(&self.secret, "service", &read(stream).await?)?;
        stream.write_all(challenge.prove(&self.secret, "gateway").as_ref()).await?;
        Ok(())
    }

    /// Performs the service's side with a peer that has sent [`FIRST`].
    ///
    /// # Errors
    /// Why the peer is rejected.
    pub(super) async fn receive(
        &self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        instance: &Instance,
    ) -> Result<(), Refusal> {
        let rest: [u8; HELLO.len() - 1] = read(stream).await?;
        if rest != HELLO[1..] {
            return Err(Refusal::Stranger);
        }
        let challenge = Challenge { gateway: read(stream).await?, service: self.nonce()?, instance };
        let proof = challenge.prove(&self.secret, "service");
        stream.write_all(&[&HELLO[..], &challenge.service, proof.as_ref()].concat()).await?;
        challenge.verify(&self.secret, "gateway", &read(stream).await?)
    }

    fn nonce(&self) -> Result<[u8; NONCE], Refusal> {
        self.randomness.bytes().map_err(|_| Refusal::Gone)
    }
}

impl Challenge<'_> {
    fn prove(&self, secret: &hmac::Key, role: &str) -> hmac::Tag {
        hmac::sign(secret, &self.text(role))
    }

    fn verify(&self, secret: &hmac::Key, role: &str, proof: &[u8; PROOF]) -> Result<(), Refusal> {
        hmac::verify(secret, &self.text(role), proof).map_err(|_| Refusal::Wrong)
    }

    /// Returns the bytes that a proof covers. Each part is preceded by its length, so that different lists of parts
    /// never yield the same bytes.
    fn text(&self, role: &str) -> Vec<u8> {
        let Instance { service, address, .. } = self.instance;
        let parts = [
            &HELLO[..],
            role.as_bytes(),
            &self.gateway,
            &self.service,
            service.as_str().as_bytes(),
            address.as_bytes(),
        ];
        parts
            .iter()
            .flat_map(|part| (part.len() as u64).to_be_bytes().into_iter().chain(part.iter().copied()))
            .collect()
    }
}

async fn read<const LENGTH: usize>(stream: &mut (impl AsyncRead + Unpin)) -> Result<[u8; LENGTH], Refusal> {
    let mut bytes = [0; LENGTH];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

impl From<std::io::Error> for Refusal {
    fn from(_: std::io::Error) -> Self {
        Self::Gone
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Gone => "it closed the connection",
            Self::Stranger => "it speaks another protocol",
            Self::Wrong => {
                "it does not know the secret of this installation, or has another address than in the registry"
            }
        })
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Handshake")
    }
}
