//! The errors of the domain. They have no status codes: each interface maps the variants to its own.

use thiserror::Error;

use super::message::Message;
use super::text::excerpt;

/// An invalid field of the input, and why it is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field's name in the request, or its path.
    pub field: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl Fault {
    /// Creates a fault of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// The reason why the domain did not do what was requested.
#[derive(Debug, Error)]
pub enum Error {
    /// Fields of the input are invalid.
    #[error("the input is not valid")]
    Invalid(Vec<Fault>),
    /// The cursor was not issued for this list and this caller.
    #[error("the cursor was not issued for this list; start again without a cursor")]
    BadCursor,
    /// The credentials are wrong. The same error for an unknown name, a wrong password and a disabled account.
    #[error("the user name or the password is wrong")]
    WrongCredentials,
    /// The access token is invalid or has expired.
    #[error("the access token is not valid or has expired; log in again")]
    BadToken,
    /// The refresh token is invalid or was used before.
    #[error("the refresh token is not valid, or was used before; log in again")]
    BadRefreshToken,
    /// A limit was exceeded. Holds the reason and the seconds until a retry is allowed.
    #[error("{0}; try again in {1} s")]
    TooMany(&'static str, u32),
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The item does not exist, or the caller may not see it.
    #[error("{0}")]
    NotFound(String),
    /// The request conflicts with the current state.
    #[error("{0}")]
    Conflict(String),
    /// The item has another revision than the caller expected.
    #[error("{0}")]
    Stale(String),
    /// The message was answered before, by the message that is included.
    #[error("message {} has already been answered, with \"{}\" (message {})",
        .0.reply_to.map(|id| id.to_string()).unwrap_or_default(), excerpt(.0.text.as_str()), .0.id)]
    AlreadyAnswered(Box<Message>),
    /// The idempotency key was used before for another request.
    #[error("this Idempotency-Key was used for another request; use a new key for each request")]
    KeyReused,
    /// The installation is overloaded.
    #[error("the service is overloaded; try again in a moment")]
    Overloaded,
    /// A store did not respond in time. A write may or may not have happened.
    #[error("a store did not answer in time; try again, with the same Idempotency-Key if it was a write")]
    Timeout,
    /// A store cannot be reached or does not work.
    #[error("a store is not available: {0}")]
    Unavailable(String),
    /// A store has no disk space left for a write.
    #[error("the disk is full, so nothing can be written until there is room; existing data can be read")]
    DiskFull,
    /// A store's disk lost data that it had accepted. Nothing is written until a restart.
    #[error("the disk failed, so nothing can be written until the operator checks it and restarts the service")]
    DiskFailed,
    /// A store's file is no longer where it was opened. Nothing is read or written until a restart.
    #[error("{0}")]
    FileLost(String),
    /// A bug in twclone, or damaged data.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// Creates the error for a single invalid field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(field, message)])
    }

    /// Returns whether a store is overloaded or slow, so that the same call may succeed in a moment.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Overloaded | Self::Timeout)
    }

    /// Creates the error for a bug in twclone.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::Internal(detail.into())
    }
}
