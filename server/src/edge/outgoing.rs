//! The body of a response on its way to a client. It counts against the memory for responses until the client has
//! read it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::shares::Share;
use super::spacing::InFlight;
use super::streams::Stream;

/// Bodies up to this length, in bytes, are not counted, so that a refusal is always possible. A connection has at
/// most 32 streams, and as many of these bodies.
const UNCOUNTED: usize = 1_024;
/// How much of a body is sent at a time, in bytes. The libraries behind buffer at most a few of these for each
/// stream, and ask for more only when they have sent some. This is how progress is measured.
const PIECE: usize = 32 * 1_024;

/// A complete body that is sent in pieces, without copying.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    left: Bytes,
    origin: Origin,
    stream: Option<Arc<Stream>>,
    /// The request counts as in flight until its response is sent.
    in_flight: Option<InFlight>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Made for one response. Holds the memory that it takes, in bytes, which may be twice its length.
    Own(usize),
    /// The same for every response, so it takes no room.
    Fixed,
    /// Made for one response, and counted.
    Counted,
}

impl Default for Origin {
    fn default() -> Self {
        Self::Own(0)
    }
}

/// Bytes that count until the last piece of them is dropped.
struct Counted {
    bytes: Bytes,
    _share: Share,
}

/// Bytes that notify an HTTP/2 stream when the last piece of them is dropped.
struct Watched {
    bytes: Bytes,
    stream: Arc<Stream>,
}

impl Outgoing {
    /// Creates a body that is the same for every response.
    pub(crate) fn fixed(bytes: &'static [u8]) -> Self {
        Self { left: Bytes::from_static(bytes), origin: Origin::Fixed, stream: None, in_flight: None }
    }

    /// Creates a body whose room is already reserved.
    pub(super) fn counted(bytes: Bytes, share: Share) -> Self {
        let left = Bytes::from_owner(Counted { bytes, _share: share });
        Self { left, origin: Origin::Counted, stream: None, in_flight: None }
    }

    /// Returns the unsent rest.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.left
    }

    /// Reserves room for the body, if it is long enough and is not counted yet.
    ///
    /// # Errors
    /// Those of `take`, which reserves the room. The body is then lost.
    pub(super) fn count<Busy>(self, take: impl FnOnce(usize) -> Result<Share, Busy>) -> Result<Self, Busy> {
        match self.origin {
            Origin::Own(memory) if is_counted(memory) => Ok(Self::counted(self.left, take(memory)?)),
            _ => Ok(self),
        }
    }

    /// Counts the request as in flight until all of the body is sent or dropped.
    pub(super) fn end_with(&mut self, in_flight: InFlight) {
        self.in_flight = Some(in_flight);
    }

    /// Reports progress to an HTTP/2 stream.
    pub(super) fn on(mut self, stream: &Arc<Stream>) -> Self {
        if self.origin == Origin::Counted {
            stream.holds();
            self.left = Bytes::from_owner(Watched { bytes: self.left, stream: Arc::clone(stream) });
        }
        self.stream = Some(Arc::clone(stream));
        self
    }
}

/// Returns whether a body of this length needs room.
pub(super) fn is_counted(length: usize) -> bool {
    length > UNCOUNTED
}

impl From<Vec<u8>> for Outgoing {
    fn from(bytes: Vec<u8>) -> Self {
        let memory = bytes.capacity();
        Self { left: bytes.into(), origin: Origin::Own(memory), stream: None, in_flight: None }
    }
}

impl From<Bytes> for Outgoing {
    fn from(left: Bytes) -> Self {
        let memory = left.len();
        Self { left, origin: Origin::Own(memory), stream: None, in_flight: None }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if this.left.is_empty() {
            return Poll::Ready(None);
        }
        let piece = if this.left.len() <= PIECE { std::mem::take(&mut this.left) } else { this.left.split_to(PIECE) };
        if let Some(stream) = &this.stream {
            stream.took(piece.len());
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for Watched {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.stream.released();
    }
}
