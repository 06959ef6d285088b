//! One connection from its first byte to its last: who the peer is, and which version of HTTP it speaks.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::answers::Answers;
use super::connection_deadline::{Admitted, HEAD};
use super::head;
use super::reception::{Reception, Visitor};
use super::request_context::Peer;
use super::streams::{self, Streams};
use super::strict::Strict;
use super::tls::{HTTP_2, Tls};

/// Maximum number of concurrent requests on an HTTP/2 connection.
const STREAMS: u32 = 32;
/// Maximum size of hyper's read buffer for HTTP/1, in bytes. It also limits the head, so it must exceed
/// `head::LENGTH`.
const READING: usize = 32 * 1024;
/// Maximum size of hyper's send buffer for each HTTP/2 stream, in bytes.
const SENDING: usize = 64 * 1024;

/// How far shutdown has progressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Serving,
    /// Each HTTP/1 connection closes after its next response.
    Draining,
    /// Connections without a request close now.
    Ending,
}

/// An admitted connection.
pub(super) struct Connection {
    pub(super) answers: Arc<Answers>,
    pub(super) admitted: Admitted,
    pub(super) stage: watch::Receiver<Stage>,
    /// Where gateways prove themselves. `None` on a port that only serves clients.
    pub(super) reception: Option<Arc<Reception>>,
}

impl Connection {
    /// Answers its requests until it ends.
    pub(super) async fn serve(self, stream: TcpStream, address: IpAddr, tls: Option<Tls>) {
        let Some(tls) = tls else { return self.first_version(stream, address, false).await };
        let handshake = tokio::time::timeout(HEAD, tls.acceptor().accept(stream));
        let Ok(Ok(stream)) = handshake.await else { return };
        if stream.get_ref().1.alpn_protocol() == Some(HTTP_2) {
            self.second_version(stream, address).await;
        } else {
            self.first_version(stream, address, true).await;
        }
    }

    async fn first_version<S: AsyncRead + AsyncWrite + Unpin>(mut self, mut stream: S, address: IpAddr, tls: bool) {
        let Some((by_gateway, read)) = self.receive(&mut stream, address).await else { return };
        let Self { answers, admitted, mut stage, .. } = self;
        let (guard, peer) = (&*admitted.guard, Peer { address, tls, by_gateway });
        let stream = TokioIo::new(Strict::new(stream, Arc::clone(&admitted.guard), read));
        let service = service_fn(async |request| Ok::<_, Infallible>(answers.answer(request, peer, guard).await));
        let mut connection = std::pin::pin!(
            http1::Builder::new()
                // The guard has its own timeouts, and a client that half-closes its side still gets its response.
                .header_read_timeout(None)
                .half_close(true)
                // By default hyper reads ahead up to 400 KB.
                .max_buf_size(READING)
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

    /// Finds out whether the peer is a gateway, and returns the bytes of the first request that this has read.
    /// Returns `None` for a connection that has to be closed.
    async fn receive<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
        address: IpAddr,
    ) -> Option<(bool, Vec<u8>)> {
        let Some(reception) = &self.reception else { return Some((false, Vec::new())) };
        let guard = &*self.admitted.guard;
        let visitor = tokio::select! {
            visitor = reception.receive(stream, address, guard) => visitor?,
            () = guard.closed() => return None,
            _ = self.stage.wait_for(|stage| *stage == Stage::Ending) => return None,
        };
        Some(match visitor {
            Visitor::Gateway => (true, Vec::new()),
            Visitor::Client(first) => (false, vec![first]),
        })
    }

    async fn second_version<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S, address: IpAddr) {
        let Self { answers, admitted, mut stage, .. } = self;
        let (guard, peer) = (Arc::clone(&admitted.guard), Peer { address, tls: true, by_gateway: false });
        let service = service_fn(move |request| {
            let (answers, guard) = (Arc::clone(&answers), Arc::clone(&guard));
            async move { Ok::<_, Infallible>(streams::watched(answers.answer(request, peer, &guard).await)) }
        });
        let length = u32::try_from(head::LENGTH).unwrap_or(u32::MAX);
        let mut connection = std::pin::pin!(
            http2::Builder::new(Streams(Arc::clone(&admitted.guard)))
                .timer(TokioTimer::new())
                .max_send_buf_size(SENDING)
                .max_concurrent_streams(STREAMS)
                .max_header_list_size(length)
                .serve_connection(TokioIo::new(stream), service)
        );
        tokio::select! {
            _ = connection.as_mut() => return,
            () = admitted.guard.closed() => return,
            // GOAWAY tells a client which of its requests will be answered, so HTTP/2 skips the draining period.
            _ = stage.wait_for(|stage| *stage != Stage::Serving) => connection.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            _ = connection => {}
            () = admitted.guard.closed() => {}
        }
    }
}
