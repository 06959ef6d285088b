//! The port: connections are let in, watched over, and ended without losing what they asked for.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use twclone_domain::Error;

use super::answers::Answers;
use super::descriptors;
use super::guard::{Admitted, Connections, HEAD};
use super::strict::Strict;
use super::tls::{HTTP_2, Tls};

/// While it drains, a connection without a request may still send one for so long: its client does not know yet.
const DRAINING: Duration = Duration::from_millis(500);
/// For how long requests that run may go on when it stops.
const GRACE: Duration = Duration::from_secs(25);
/// How many connections there are at most.
const CONNECTIONS: usize = 10_000;
/// One of so many files that the process may have open is a connection. The others are for the stores, and for connections
/// to other processes.
const FILES_PER_CONNECTION: usize = 2;
/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1_024;
/// For how long nothing is accepted where there is no room for another connection.
const FULL: Duration = Duration::from_millis(50);
/// How many requests of one HTTP/2 connection run at a time.
const STREAMS: u32 = 32;
/// Said to those who do not get in.
const NO_ROOM: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// How far it is with stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Serving,
    /// Each connection ends behind its next answer.
    Draining,
    /// Those without a request end now.
    Ending,
}

/// A port that is bound and does not listen yet: connections are refused until all that answers them is there.
#[derive(Debug)]
pub(crate) struct Bound {
    socket: TcpSocket,
    address: SocketAddr,
    tls: Option<Tls>,
}

/// A port on which requests are answered.
#[derive(Debug)]
pub(crate) struct Front {
    listener: TcpListener,
    tls: Option<Tls>,
    answers: Arc<Answers>,
    connections: Arc<Connections>,
}

impl Front {
    /// Listens; nothing is answered yet.
    ///
    /// # Errors
    /// `Unavailable` where another process has begun to listen there.
    pub(crate) fn open(bound: Bound, answers: Arc<Answers>) -> Result<Self, Error> {
        let Bound { socket, address, tls } = bound;
        let listener = socket.listen(BACKLOG).map_err(|cause| in_use(address, &cause))?;
        let connections = Connections::new(CONNECTIONS.min(descriptors::raise() / FILES_PER_CONNECTION));
        Ok(Self { listener, tls, answers, connections })
    }

    /// The port that it has.
    pub(crate) fn port(&self) -> Result<u16, Error> {
        let address = self.listener.local_addr();
        address.map(|address| address.port()).map_err(|error| Error::internal(format!("the port: {error}")))
    }

    /// Answers until it is told to stop; then those who ask already, and nobody else.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) {
        let (stage, watched) = watch::channel(Stage::Serving);
        tokio::select! {
            () = self.accept(&watched) => {}
            () = self.connections.sweep() => {}
            () = self.answers.limits.forget() => {}
            () = self.answers.limits.tell() => {}
            () = self.answers.backend.keep() => {}
            () = watch(self.tls.as_ref()) => {}
            () = stop => {}
        }
        // Who stands at the door already is let in: to close it now would be to lose what he sends.
        while let Some(Ok((stream, peer))) = self.listener.accept().now_or_never() {
            self.let_in(stream, peer, &watched);
        }
        let Self { listener, answers, connections, .. } = self;
        drop((listener, watched));
        answers.draining.store(true, Ordering::Relaxed);
        stage.send_replace(Stage::Draining);
        let ended = tokio::time::timeout(DRAINING, stage.closed()).await;
        if ended.is_err() {
            stage.send_replace(Stage::Ending);
            let sweeping = tokio::time::timeout(GRACE, stage.closed());
            tokio::select! {
                () = connections.sweep() => {}
                ended = sweeping => if ended.is_err() {
                    tracing::warn!(connections = connections.count(), "stops before all is answered");
                },
            }
        }
    }

    async fn accept(&self, stage: &watch::Receiver<Stage>) {
        loop {
            let Ok((stream, peer)) = self.listener.accept().await else {
                // There are no more files to be had, or the client has gone already.
                tokio::time::sleep(FULL).await;
                continue;
            };
            self.let_in(stream, peer, stage);
        }
    }

    fn let_in(&self, stream: TcpStream, peer: SocketAddr, stage: &watch::Receiver<Stage>) {
        let Some(admitted) = self.connections.admit(peer.ip(), self.answers.arrivals.is_proxy(peer.ip())) else {
            if self.tls.is_none() {
                tokio::spawn(turn_away(stream));
            }
            return;
        };
        // An answer is written at once: to wait for more of it would only be late.
        let _ = stream.set_nodelay(true);
        let (tls, answers, stage) = (self.tls.clone(), Arc::clone(&self.answers), stage.clone());
        tokio::spawn(connection(stream, peer, tls, answers, admitted, stage));
    }
}

impl Bound {
    /// Binds the port.
    ///
    /// # Errors
    /// `Unavailable` where another process has it, or this one may not have it.
    pub(crate) fn bind(address: IpAddr, port: u16, tls: Option<Tls>) -> Result<Self, Error> {
        let address = SocketAddr::new(address, port);
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let bound = socket.and_then(|socket| {
            // Else the port could not be bound for a minute after a stop (TIME_WAIT). One that listens excludes others still.
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            Ok(socket)
        });
        Ok(Self { socket: bound.map_err(|cause| in_use(address, &cause))?, address, tls })
    }
}

fn in_use(address: SocketAddr, cause: &std::io::Error) -> Error {
    Error::Unavailable(format!("cannot listen on {address}: {cause}; choose another port with --port"))
}

async fn watch(tls: Option<&Tls>) {
    match tls {
        Some(tls) => tls.watch().await,
        None => std::future::pending().await,
    }
}

async fn turn_away(mut stream: TcpStream) {
    let _ = tokio::time::timeout(FULL, stream.write_all(NO_ROOM)).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Tls>,
    answers: Arc<Answers>,
    admitted: Admitted,
    stage: watch::Receiver<Stage>,
) {
    let Some(tls) = tls else { return first_version(stream, peer, false, answers, admitted, stage).await };
    let handshake = tokio::time::timeout(HEAD, tls.acceptor().accept(stream));
    let Ok(Ok(stream)) = handshake.await else { return };
    if stream.get_ref().1.alpn_protocol() == Some(HTTP_2) {
        second_version(stream, peer, answers, admitted, stage).await;
    } else {
        first_version(stream, peer, true, answers, admitted, stage).await;
    }
}

async fn first_version<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    peer: SocketAddr,
    tls: bool,
    answers: Arc<Answers>,
    admitted: Admitted,
    mut stage: watch::Receiver<Stage>,
) {
    let guard = &*admitted.guard;
    let stream = TokioIo::new(Strict::new(stream, Arc::clone(&admitted.guard)));
    let service = service_fn(async |request| Ok::<_, Infallible>(answers.answer(request, peer.ip(), tls, guard).await));
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            // The guard has times of its own, and who says that he sends no more still gets his answer.
            .header_read_timeout(None)
            .half_close(true)
            .serve_connection(stream, service)
    );
    tokio::select! {
        _ = connection.as_mut() => return,
        () = guard.closed() => return,
        _ = stage.wait_for(|stage| *stage == Stage::Ending) => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection => {}
        () = guard.closed() => {}
    }
}

async fn second_version<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: SocketAddr,
    answers: Arc<Answers>,
    admitted: Admitted,
    mut stage: watch::Receiver<Stage>,
) {
    let guard = Arc::clone(&admitted.guard);
    let service = service_fn(move |request| {
        let (answers, guard) = (Arc::clone(&answers), Arc::clone(&guard));
        async move { Ok::<_, Infallible>(answers.answer(request, peer.ip(), true, &guard).await) }
    });
    let length = u32::try_from(super::head::LENGTH).unwrap_or(u32::MAX);
    let mut connection = std::pin::pin!(
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(length)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        _ = connection.as_mut() => return,
        () = admitted.guard.closed() => return,
        // A client is told which of its requests will be answered: no time to find out is needed.
        _ = stage.wait_for(|stage| *stage != Stage::Serving) => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection => {}
        () = admitted.guard.closed() => {}
    }
}
