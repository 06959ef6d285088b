//! One connection from its first byte to its last: who is at its other end, and which version of HTTP they speak.

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

/// How many requests of one HTTP/2 connection run at a time.
const STREAMS: u32 = 32;
/// How much of a connection the library of HTTP/1 reads ahead, in bytes, and how long the longest head may be.
const READING: usize = 32 * 1024;
/// How much of the answers of a stream waits with the library of HTTP/2, in bytes.
const SENDING: usize = 64 * 1024;

/// How far the port is with stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Serving,
    /// Each connection ends behind its next answer.
    Draining,
    /// Those without a request end now.
    Ending,
}

/// A connection that is let in.
pub(super) struct Connection {
    pub(super) answers: Arc<Answers>,
    pub(super) admitted: Admitted,
    pub(super) stage: watch::Receiver<Stage>,
    /// Where gateways prove themselves; there is none at a port for clients alone.
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
                // The guard has times of its own, and who says that he sends no more still gets his answer.
                .header_read_timeout(None)
                .half_close(true)
                // By itself the library reads up to 400 KB ahead of what is asked for.
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

    /// Finds out whether a gateway has connected, and what was read for that of a request. Returns `None` for a
    /// connection that is to be closed.
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
            // A client is told which of its requests will be answered: no time to find out is needed.
            _ = stage.wait_for(|stage| *stage != Stage::Serving) => connection.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            _ = connection => {}
            () = admitted.guard.closed() => {}
        }
    }
}
