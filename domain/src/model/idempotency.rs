//! Idempotency keys: who sends a request twice has its effect once, and the first answer again.

use std::fmt;
use std::str::FromStr;

use ring::digest::{Context, SHA256};

/// For how long a key is remembered: 24 hours, in milliseconds.
pub(crate) const LIFETIME: i64 = 24 * 3_600_000;

/// The key that a client gave a request: 1–255 visible ASCII characters. (The header's draft standard,
/// draft-ietf-httpapi-idempotency-key-header, leaves length and letters to the server.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl FromStr for IdempotencyKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be 1 to 255 visible ASCII characters, such as a random UUID".to_owned())
        }
    }
}

/// A SHA-256 over parts, none of which can run into the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of these parts.
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
    /// 64 hex digits.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        formatter.pad(&digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect::<String>())
    }
}

/// That a request is to be done once: its key, and the fingerprint of all that it says but secrets.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    /// The client's key.
    pub key: IdempotencyKey,
    /// What the request says.
    pub request: Fingerprint,
}

impl IdempotentRequest {
    /// How the key of this caller is kept: clients' keys do not meet each other's.
    pub(crate) fn kept_for(&self, caller: &str) -> IdempotencyRecord {
        IdempotencyRecord {
            name: Fingerprint::of([caller.as_bytes(), self.key.0.as_bytes()]),
            request: self.request.clone(),
        }
    }
}

/// An idempotency key as a store keeps it.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyRecord {
    /// Stands for the caller and the key.
    pub(crate) name: Fingerprint,
    /// Stands for what the request says.
    pub(crate) request: Fingerprint,
}

/// An answer, and whether it is the first one given again.
#[derive(Debug, Clone)]
pub struct Outcome<T> {
    /// What came to be.
    pub value: T,
    /// Whether it came to be on an earlier request with the same key.
    pub replayed: bool,
}
