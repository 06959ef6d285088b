//! Entry points for the targets in `fuzz/`. Compiled only by `cargo fuzz`.

use crate::edge::head::{self, Framing};

/// Returns the user name in the credentials of Basic authentication, or `None` if they are malformed.
#[must_use]
pub fn basic(secret: &str) -> Option<String> {
    crate::guards::basic(secret).map(|(name, _)| name)
}

/// Returns the length of the head at the beginning of these bytes, and the length of the body that follows (`None` if
/// it is chunked). The first `first` bytes arrive before the others. Returns `None` if the head is incomplete or
/// refused.
#[must_use]
pub fn head(bytes: &[u8], first: usize) -> Option<(usize, Option<u64>)> {
    let length = match head::length(&bytes[..first], 0) {
        Ok(None) => head::length(bytes, first),
        found => found,
    };
    let length = length.ok()??;
    match head::examine(&bytes[..length]).ok()? {
        Framing::Length(body) => Some((length, Some(body))),
        Framing::Chunked => Some((length, None)),
    }
}
