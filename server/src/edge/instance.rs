//! An instance of a service behind the gateway, and the connections to it.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use twclone_domain::registry;

use super::answers::Answer;
use super::handshake::{Handshake, Refusal};
use super::limits::NoRoom;
use super::sending::{Broken, Room, exchange};

/// Timeout for connecting.
const CONNECTING: Duration = Duration::from_millis(500);
/// Timeout for the handshake.
const PROVING: Duration = Duration::from_secs(2);
/// Timeout for a response. The service's own deadlines are shorter.
const ANSWERING: Duration = Duration::from_secs(9);
/// Timeout for a readiness check.
const CHECKING: Duration = Duration::from_secs(1);
/// Idle connections older than this are not reused: the service may be closing them.
const WAITING: Duration = Duration::from_secs(30);
/// Maximum number of idle connections.
const KEPT: usize = 256;

/// The state of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It responds, and is ready.
    Ready,
    /// It responds that it is not ready, for example because a store is down, or it responds too slowly.
    NotReady,
    /// It does not respond.
    Away,
}

/// Why there is no response.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request was never sent, so another instance can have it.
    NotSent,
    /// The outcome is unknown.
    Lost,
    /// The response did not arrive in time.
    Late,
    /// There is no room for the response.
    NoRoom(NoRoom),
}

/// An instance from the registry.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) entry: registry::Instance,
    handshake: Handshake,
    state: AtomicU8,
    waiting: Mutex<Vec<(Instant, SendRequest<Full<Bytes>>)>>,
}

impl Instance {
    pub(super) fn new(entry: registry::Instance, handshake: Handshake) -> Self {
        Self { entry, handshake, state: AtomicU8::new(State::Ready as u8), waiting: Mutex::default() }
    }

    pub(super) fn state(&self) -> State {
        match self.state.load(Ordering::Relaxed) {
            state if state == State::Ready as u8 => State::Ready,
            state if state == State::NotReady as u8 => State::NotReady,
            _ => State::Away,
        }
    }

    pub(super) fn set_state(&self, state: State) {
        let before = self.state.swap(state as u8, Ordering::Relaxed);
        if before != state as u8 {
            let registry::Instance { service, address, .. } = &self.entry;
            tracing::info!(%service, address, ?state, "an instance changed its state");
        }
        if state == State::Away {
            self.waiting().clear();
        }
    }

    /// Checks the instance and updates its state.
    pub(super) async fn check(&self) {
        let request = Request::get("/readyz").header("host", &self.entry.address).body(Full::default());
        let Ok(request) = request else { return self.set_state(State::Away) };
        let answer = tokio::time::timeout(CHECKING, self.send(request, None)).await;
        self.set_state(match answer {
            Ok(Ok(answer)) if answer.status().is_success() => State::Ready,
            Ok(Err(Failure::NotSent | Failure::Lost)) => State::Away,
            Err(_) if self.state() == State::Away => State::Away,
            // A slow instance is not away: its store may hang.
            _ => State::NotReady,
        });
    }

    /// Sends a request and returns the response.
    pub(super) async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
        room: Option<Room<'_>>,
    ) -> Result<Answer, Failure> {
        loop {
            let (mut connection, used) = match self.take_waiting() {
                Some(connection) => (connection, true),
                None => (self.connect().await.ok_or(Failure::NotSent)?, false),
            };
            match tokio::time::timeout(ANSWERING, exchange(&mut connection, request, room)).await {
                Err(_) => return Err(Failure::Late),
                Ok(Ok(answer)) => {
                    self.put_back(connection);
                    return Ok(answer);
                }
                // The service had already closed the connection: nothing was sent.
                Ok(Err(Broken::Unsent(unsent))) if used => request = *unsent,
                Ok(Err(Broken::Unsent(_))) => return Err(Failure::NotSent),
                Ok(Err(Broken::Lost)) => return Err(Failure::Lost),
                Ok(Err(Broken::NoRoom(none))) => return Err(Failure::NoRoom(none)),
            }
        }
    }

    /// Opens a connection and verifies that the peer is the service.
    async fn connect(&self) -> Option<SendRequest<Full<Bytes>>> {
        let connecting = tokio::time::timeout(CONNECTING, TcpStream::connect(&self.entry.address));
        let mut stream = connecting.await.ok()?.ok()?;
        let _ = stream.set_nodelay(true);
        let proving = tokio::time::timeout(PROVING, self.handshake.call(&mut stream, &self.entry));
        proving.await.ok()?.inspect_err(|refusal| self.tell_of(refusal)).ok()?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        Some(sender)
    }

    /// Logs why the instance is rejected, once: it is `Away` from then on.
    fn tell_of(&self, refusal: &Refusal) {
        let registry::Instance { service, address, .. } = &self.entry;
        if *refusal != Refusal::Gone && self.state() != State::Away {
            tracing::warn!(%service, address, "an instance was rejected: {refusal}");
        }
    }

    fn take_waiting(&self) -> Option<SendRequest<Full<Bytes>>> {
        let mut waiting = self.waiting();
        while let Some((since, connection)) = waiting.pop() {
            if since.elapsed() < WAITING && connection.is_ready() {
                return Some(connection);
            }
        }
        None
    }

    fn put_back(&self, connection: SendRequest<Full<Bytes>>) {
        let mut waiting = self.waiting();
        if !connection.is_closed() && waiting.len() < KEPT {
            waiting.push((Instant::now(), connection));
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<(Instant, SendRequest<Full<Bytes>>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
