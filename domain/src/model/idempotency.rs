//! Idempotency keys: a repeated request takes effect once and gets the first response again.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use ring::digest::{Context, SHA256};

/// Lifetime of a stored key: 24 hours, in milliseconds.
pub(crate) const LIFETIME: i64 = 24 * 3_600_000;

/// The idempotency key of a request: 1–255 visible ASCII characters. (The draft standard of the header,
/// draft-ietf-httpapi-idempotency-key-header, leaves length and characters to the server.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Maximum length, in characters.
    pub const LONGEST: usize = 255;
    /// Lifetime of a stored key.
    pub const LIFETIME: Duration = Duration::from_millis(LIFETIME.cast_unsigned());
}

impl FromStr for IdempotencyKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("must be 1 to {} visible ASCII characters, such as a random UUID", Self::LONGEST))
        }
    }
}

/// A SHA-256 over parts. Each part is prefixed with its length, so that parts cannot run into each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the fingerprint of these parts.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    /// Formats as 64 hex digits.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        formatter.pad(&digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect::<String>())
    }
}

/// An idempotent request: its key, and the fingerprint of its content without secrets.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    /// The client's key.
    pub key: IdempotencyKey,
    /// The fingerprint of the request's content.
    pub request: Fingerprint,
}

impl IdempotentRequest {
    /// Returns the record of this key for a caller. Equal keys of different callers do not collide.
    pub(crate) fn kept_for(&self, caller: &str) -> IdempotencyRecord {
        IdempotencyRecord {
            name: Fingerprint::of([caller.as_bytes(), self.key.0.as_bytes()]),
            request: self.request.clone(),
        }
    }
}

/// An idempotency key as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyRecord {
    /// The fingerprint of the caller and the key.
    pub(crate) name: Fingerprint,
    /// The fingerprint of the request's content.
    pub(crate) request: Fingerprint,
}

/// A result, and whether it is a replay.
#[derive(Debug, Clone)]
pub struct Outcome<T> {
    /// The result.
    pub value: T,
    /// Whether it is the result of an earlier request with the same key.
    pub replayed: bool,
}
