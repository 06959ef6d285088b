//! The port: it accepts connections, enforces their deadlines, and closes them without losing requests in progress.

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

/// During draining, an idle connection may still send a request for this long, because its client does not know yet.
const DRAINING: Duration = Duration::from_millis(500);
/// How long running requests may take to finish at shutdown.
const GRACE: Duration = Duration::from_secs(20);
/// Maximum number of connections.
const CONNECTIONS: usize = 10_000;
/// How many of the files that the process may open are set aside for each connection: one for itself, the others for
/// the stores and for connections to other processes.
const FILES_PER_CONNECTION: usize = 2;
/// Maximum number of connections that wait to be accepted.
const BACKLOG: u32 = 1_024;
/// Pause after a failed accept, and timeout for turning a client away.
const FULL: Duration = Duration::from_millis(50);
/// Size of a connection's send buffer in the kernel, in bytes. Linux doubles it. By default the kernel buffers
/// megabytes for a client that does not read, and the server would notice that late.
const SYSTEM: u32 = 128 * 1024;
/// The response to a client for which there is no room.
const NO_ROOM: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n";
/// Added if pages of any site may read responses, and so this one. The request is not read, so its origin is unknown.
const FOR_ANY: &[u8] = b"Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Retry-After\r\n";

/// A bound port that does not listen yet. Connections are refused until everything that answers them is ready.
#[derive(Debug)]
pub(crate) struct Bound {
    socket: TcpSocket,
    address: SocketAddr,
    tls: Option<Tls>,
}

/// A port that serves requests.
#[derive(Debug)]
pub(crate) struct HttpServer {
    listener: TcpListener,
    tls: Option<Tls>,
    answers: Arc<Answers>,
    connections: Arc<Connections>,
}

impl HttpServer {
    /// Starts to listen. Requests are answered from [`Self::serve`] on.
    ///
    /// # Errors
    /// `Unavailable` if another process already listens there.
    pub(crate) fn open(bound: Bound, answers: Arc<Answers>) -> Result<Self, Error> {
        let Bound { socket, address, tls } = bound;
        let listener = socket.listen(BACKLOG).map_err(|cause| in_use(address, &cause))?;
        let connections = Connections::new(CONNECTIONS.min(descriptors::raise() / FILES_PER_CONNECTION));
        Ok(Self { listener, tls, answers, connections })
    }

    /// Returns the number of the port.
    pub(crate) fn port(&self) -> Result<u16, Error> {
        let address = self.listener.local_addr();
        address.map(|address| address.port()).map_err(|error| Error::internal(format!("the port: {error}")))
    }

    /// Serves requests until `stop` completes, then finishes those in progress and accepts no more connections. With
    /// a reception, it trusts gateways that prove themselves.
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
        // Connections in the backlog are accepted: closing the listener now would lose their requests.
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
                    tracing::warn!(connections = connections.count(), "stopping with unanswered requests");
                },
            }
        }
    }

    async fn accept(&self, stage: &watch::Receiver<Stage>, reception: Option<&Arc<Reception>>) {
        loop {
            let Ok((stream, peer)) = self.listener.accept().await else {
                // No file descriptor is available, or the client has already gone.
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
        // Responses are sent at once: waiting to combine writes would only delay them.
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
    /// `Unavailable` if another process has the port, or this process may not bind it.
    pub(crate) fn bind(address: IpAddr, port: u16, tls: Option<Tls>) -> Result<Self, Error> {
        let address = SocketAddr::new(address, port);
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let bound = socket.and_then(|socket| {
            // Otherwise the port could not be bound for a minute after a stop (TIME_WAIT). A listening process still
            // excludes others.
            socket.set_reuseaddr(true)?;
            // Accepted connections inherit it.
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
