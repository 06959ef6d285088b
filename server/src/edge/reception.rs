//! How a service receives connections: a gateway proves that it is one, and any other peer is a client.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use twclone_domain::registry::Instance;

use super::connection_deadline::{ConnectionDeadline, HEAD};
use super::handshake::{FIRST, Handshake};

/// Timeout for a gateway's proof, from its first byte.
const PROVING: Duration = Duration::from_secs(2);
/// Refused gateways are logged at most once in this time, because anyone can connect as often as they like.
const TELLING: Duration = Duration::from_secs(1);

/// The peer of a new connection.
#[derive(Debug)]
pub(super) enum Visitor {
    /// A gateway. Requests follow.
    Gateway,
    /// A client, which has sent this byte.
    Client(u8),
}

/// What a service needs to recognize its gateways.
#[derive(Debug)]
pub(crate) struct Reception {
    handshake: Handshake,
    /// The service itself, as in the registry.
    instance: Instance,
    told: Mutex<Option<Instant>>,
}

impl Reception {
    pub(crate) fn new(handshake: Handshake, instance: Instance) -> Arc<Self> {
        Arc::new(Self { handshake, instance, told: Mutex::default() })
    }

    /// Finds out who has connected. Returns `None` for a connection that has to be closed.
    pub(super) async fn receive(
        &self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        peer: IpAddr,
        guard: &ConnectionDeadline,
    ) -> Option<Visitor> {
        let first = stream.read_u8().await.ok()?;
        if first != FIRST {
            guard.extend(HEAD);
            return Some(Visitor::Client(first));
        }
        guard.extend(PROVING);
        match self.handshake.receive(stream, &self.instance).await {
            Ok(()) => {
                guard.extend(HEAD);
                Some(Visitor::Gateway)
            }
            Err(refusal) => {
                if self.is_time_to_tell() {
                    tracing::warn!(%peer, "a gateway was rejected: {refusal}");
                }
                None
            }
        }
    }

    fn is_time_to_tell(&self) -> bool {
        let (mut told, now) = (self.told.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
        let is_time = told.is_none_or(|told| now.duration_since(told) >= TELLING);
        if is_time {
            *told = Some(now);
        }
        is_time
    }
}
