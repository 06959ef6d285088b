//! Filters the bytes of an HTTP/1 connection. A head is passed on when it is complete and valid. A refused head is
//! replaced with a valid one, and the request that comes of it gets the refusal as its response.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection_deadline::{ConnectionDeadline, HEAD, IDLE};
use super::head::{self, Framing};
use super::pace::{Pace, UNREAD};

/// How much is read at a time, in bytes.
const PIECE: usize = 8 * 1024;
/// How much unread input is discarded after the last response, in bytes, and for how long. To close earlier would
/// reset the connection, and a client that still sends could lose the response.
const LEFT: usize = 1024 * 1024;
const LINGERING: Duration = Duration::from_secs(5);
/// Replaces a refused head.
const REFUSED: &[u8] = b"GET /refused HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n\r\n";

/// What the client sends next.
enum Next {
    Head,
    /// This many bytes of a body, then a head.
    Body(u64),
    /// Anything. The end is not known here, so this is the last request.
    Rest,
    /// Nothing that is passed on.
    End,
}

/// A connection whose input is checked.
pub(super) struct Strict<S> {
    stream: S,
    guard: Arc<ConnectionDeadline>,
    next: Next,
    /// Bytes that were read. Those before `handed` are passed on, those before `fit` may be.
    bytes: Vec<u8>,
    handed: usize,
    fit: usize,
    /// Up to here, no end of a head was found.
    looked: usize,
    /// Whether an empty line before the head was skipped.
    passed: bool,
    /// How many more bytes to discard after the last response.
    left: Option<usize>,
    /// The client's pace, while it reads a response more slowly than that is written.
    pace: Option<Pace>,
}

impl<S> Strict<S> {
    /// Creates a filter. `read` holds the bytes that were read before.
    pub(super) fn new(stream: S, guard: Arc<ConnectionDeadline>, read: Vec<u8>) -> Self {
        Self {
            stream,
            guard,
            next: Next::Head,
            bytes: read,
            handed: 0,
            fit: 0,
            looked: 0,
            passed: false,
            left: None,
            pace: None,
        }
    }

    /// Determines how many more of the bytes can be passed on.
    fn look(&mut self) {
        self.bytes.drain(..self.handed);
        (self.handed, self.fit) = (0, 0);
        match &mut self.next {
            Next::Head => self.look_for_head(),
            Next::Body(left) => {
                self.fit = usize::try_from(*left).map_or(self.bytes.len(), |left| left.min(self.bytes.len()));
                *left -= self.fit as u64;
                if *left == 0 {
                    self.next = Next::Head;
                }
            }
            Next::Rest => self.fit = self.bytes.len(),
            Next::End => {}
        }
    }

    fn look_for_head(&mut self) {
        // RFC 9112, section 2.2: an empty line before the head is skipped. Only one, or a client could send them
        // endlessly.
        if !self.passed && self.bytes.starts_with(b"\r\n") {
            self.bytes.drain(..2);
            self.passed = true;
        }
        let whole = match head::length(&self.bytes, self.looked) {
            Ok(None) => {
                self.looked = self.bytes.len();
                return;
            }
            Ok(Some(length)) => head::examine(&self.bytes[..length]).map(|framing| (length, framing)),
            Err(refusal) => Err(refusal),
        };
        (self.looked, self.passed) = (0, false);
        match whole {
            Ok((length, framing)) => {
                self.guard.read_head();
                self.fit = length;
                self.next = match framing {
                    Framing::Length(0) => Next::Head,
                    Framing::Length(length) => Next::Body(length),
                    Framing::Chunked => Next::Rest,
                };
            }
            Err(refusal) => {
                self.guard.refuse(refusal);
                self.bytes = REFUSED.to_vec();
                (self.fit, self.next) = (REFUSED.len(), Next::End);
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Strict<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.handed == this.fit && !this.bytes.is_empty() {
                this.look();
            }
            let ready = &this.bytes[this.handed..this.fit];
            if !ready.is_empty() {
                let count = ready.len().min(out.remaining());
                out.put_slice(&ready[..count]);
                this.handed += count;
                return Poll::Ready(Ok(()));
            }
            if matches!(this.next, Next::End) {
                // To report an end would look as if the client had closed. It still has to get its response.
                return Poll::Pending;
            }
            let begins = matches!(this.next, Next::Head) && this.bytes.is_empty() && !this.passed;
            let mut piece = [0; PIECE];
            let mut read = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            if begins {
                this.guard.extend(HEAD);
            }
            this.bytes.extend_from_slice(read.filled());
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Strict<S> {
    /// Returns whether the client may still be sending a body or refused input.
    fn is_sending(&self) -> bool {
        !matches!(self.next, Next::Head)
    }

    /// Discards input until the client closes, or has sent too much.
    fn linger(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.left.is_none() {
            self.guard.extend(LINGERING);
        }
        let mut left = self.left.unwrap_or(LEFT);
        let mut piece = [0; PIECE];
        while left > 0 {
            self.left = Some(left);
            let mut read = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut read))?;
            if read.filled().is_empty() {
                break;
            }
            left = left.saturating_sub(read.filled().len());
        }
        self.left = Some(0);
        Poll::Ready(Ok(()))
    }
}

impl<S> Strict<S> {
    /// Extends the deadlines if the client reads some of a response, and starts measuring its pace if it does not.
    fn took(&mut self, wrote: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &wrote {
            Poll::Pending => self.wait(),
            Poll::Ready(wrote) => {
                self.guard.extend(IDLE);
                if let Some(pace) = &mut self.pace {
                    pace.moved(wrote.as_ref().map_or(0, |bytes| *bytes), Instant::now());
                    self.guard.must_take_by(Some(pace.deadline()));
                }
            }
        }
        wrote
    }

    fn wait(&mut self) {
        if self.pace.is_none() {
            let pace = self.pace.insert(Pace::new(UNREAD, Instant::now()));
            self.guard.must_take_by(Some(pace.deadline()));
        }
    }

    /// Stops measuring the client's pace, because it has read everything.
    fn took_all(&mut self) {
        if self.pace.take().is_some() {
            self.guard.must_take_by(None);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let wrote = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.took(wrote)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let wrote = Pin::new(&mut this.stream).poll_write_vectored(context, pieces);
        this.took(wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(context);
        if flushed.is_pending() {
            this.wait();
        } else {
            this.took_all();
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.left.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        }
        if this.is_sending() { this.linger(context) } else { Poll::Ready(Ok(())) }
    }
}
