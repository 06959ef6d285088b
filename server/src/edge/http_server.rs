//! The port: connections are let in, watched over, and ended without losing what they asked for.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use twclone_domain::Error;

use super::answers::Answers;
use super::connection::{Connection, Stage};
use super::connection_deadline::Connections;
use super::descriptors;
use super::reception::Reception;
use super::tls::Tls;

/// While it drains, a connection without a request may still send one for so long: its client does not know yet.
const DRAINING: Duration = Duration::from_millis(500);
/// For how long requests that run may go on when it stops.
const GRACE: Duration = Duration::from_secs(20);
/// How many connections there are at most.
const CONNECTIONS: usize = 10_000;
/// One of so many files that the process may have open is a connection. The others are for the stores, and for connections
/// to other processes.
const FILES_PER_CONNECTION: usize = 2;
/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1_024;
/// For how long nothing is accepted where there is no room for another connection.
const FULL: Duration = Duration::from_millis(50);
/// How much of a connection waits with the system, in bytes, of which it takes twice as many. By itself it would take
/// megabytes of what nobody reads, and tell of nothing for as long.
const SYSTEM: u32 = 128 * 1024;
/// Said to those who do not get in.
const NO_ROOM: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n";
/// Where pages of any site may read answers, this one too. Which site it is, nobody has read.
const FOR_ANY: &[u8] = b"Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Retry-After\r\n";

/// A port that is bound and does not listen yet: connections are refused until all that answers them is there.
#[derive(Debug)]
pub(crate) struct Bound {
    socket: TcpSocket,
    address: SocketAddr,
    tls: Option<Tls>,
}

/// A port on which requests are answered.
#[derive(Debug)]
pub(crate) struct HttpServer {
    listener: TcpListener,
    tls: Option<Tls>,
    answers: Arc<Answers>,
    connections: Arc<Connections>,
}

impl HttpServer {
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

    /// Answers until it is told to stop; then those who ask already, and nobody else. With a reception, gateways are
    /// believed that prove themselves.
    pub(crate) async fn serve(self, reception: Option<Arc<Reception>>, stop: impl Future<Output = ()>) {
        let (stage, watched) = watch::channel(Stage::Serving);
        tokio::select! {
            () = self.accept(&watched, reception.as_ref()) => {}
            () = self.connections.sweep() => {}
            () = self.answers.limits.forget() => {}
            () = self.answers.limits.tell() => {}
            () = self.answers.backend.keep() => {}
            () = watch(self.tls.as_ref()) => {}
            () = stop => {}
        }
        // Who stands at the door already is let in: to close it now would be to lose what he sends.
        while let Some(Ok((stream, peer))) = self.listener.accept().now_or_never() {
            self.let_in(stream, peer, &watched, reception.as_ref());
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

    async fn accept(&self, stage: &watch::Receiver<Stage>, reception: Option<&Arc<Reception>>) {
        loop {
            let Ok((stream, peer)) = self.listener.accept().await else {
                // There are no more files to be had, or the client has gone already.
                tokio::time::sleep(FULL).await;
                continue;
            };
            self.let_in(stream, peer, stage, reception);
        }
    }

    fn let_in(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        stage: &watch::Receiver<Stage>,
        reception: Option<&Arc<Reception>>,
    ) {
        let Some(admitted) = self.connections.admit(peer.ip(), self.answers.proxies.is_proxy(peer.ip())) else {
            if self.tls.is_none() {
                tokio::spawn(turn_away(stream, self.answers.cors.is_any()));
            }
            return;
        };
        // An answer is written at once: to wait for more of it would only be late.
        let _ = stream.set_nodelay(true);
        let (answers, reception) = (Arc::clone(&self.answers), reception.map(Arc::clone));
        let connection = Connection { answers, admitted, stage: stage.clone(), reception };
        tokio::spawn(connection.serve(stream, peer.ip(), self.tls.clone()));
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
            // Each connection has it from here.
            socket.set_send_buffer_size(SYSTEM)?;
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

async fn turn_away(mut stream: TcpStream, for_any: bool) {
    let answer = [NO_ROOM, if for_any { FOR_ANY } else { b"" }, b"\r\n"].concat();
    let _ = tokio::time::timeout(FULL, stream.write_all(&answer)).await;
}
