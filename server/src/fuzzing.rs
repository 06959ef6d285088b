//! What the targets in `fuzz/` call; there only where `cargo fuzz` builds.

use crate::edge::head::{self, Framing};

/// The name in the secret of Basic authentication.
#[must_use]
pub fn basic(secret: &str) -> Option<String> {
    crate::guards::basic(secret).map(|(name, _)| name)
}

/// How long the head at the beginning of these bytes is, and the body that follows it (`None` where its chunks say so),
/// when `first` of them came before the others; `None` where it is not whole, or refused.
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
