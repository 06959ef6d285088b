//! What can go wrong, in the words of the domain. There are no status codes here: whoever speaks to the
//! outside turns each variant into its own.

use thiserror::Error;

use super::message::Message;
use super::text::excerpt;

/// A field of the input that is to blame, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field's name on the wire, or its path.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Fault {
    /// A fault of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Why the domain did not do what it was asked for.
#[derive(Debug, Error)]
pub enum Error {
    /// The input was understood, but fields of it cannot be accepted.
    #[error("the input is not acceptable")]
    Invalid(Vec<Fault>),
    /// The cursor is not one that this list gave to this caller.
    #[error("the cursor is not one that this list gave you; start again without a cursor")]
    BadCursor,
    /// Nobody is known by these credentials. The same for a wrong name, a wrong password, a disabled account.
    #[error("the user name or the password is wrong")]
    WrongCredentials,
    /// The access token is not valid, or is no longer.
    #[error("the access token is not valid or has expired; log in again")]
    BadToken,
    /// The refresh token is not one, or was used before.
    #[error("the refresh token is not valid, or was used before; log in again")]
    BadRefreshToken,
    /// Too much of something, and in how many seconds it may be tried again.
    #[error("{0}; try again in {1} s")]
    TooMany(&'static str, u32),
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such thing, or the caller may not see it.
    #[error("{0}")]
    NotFound(String),
    /// It collides with what is there already.
    #[error("{0}")]
    Conflict(String),
    /// It is not any more what the caller wants to change.
    #[error("{0}")]
    Stale(String),
    /// The question has its answer already: this one.
    #[error("message {} has been answered already, with \"{}\" (message {})",
        .0.reply_to.map(|id| id.to_string()).unwrap_or_default(), excerpt(.0.text.as_str()), .0.id)]
    AlreadyAnswered(Box<Message>),
    /// The idempotency key was used before, for another request.
    #[error("this Idempotency-Key was used for another request; take a fresh key for each request")]
    KeyReused,
    /// The installation takes no more work at the moment.
    #[error("the service is overloaded; try again in a moment")]
    Overloaded,
    /// A store did not answer in time. A write may have happened or not.
    #[error("a store did not answer in time; try again, with the same Idempotency-Key if it was a write")]
    Timeout,
    /// A store cannot be reached, or cannot work.
    #[error("a store is not available: {0}")]
    Unavailable(String),
    /// A store has no room for what is to be written.
    #[error("the disk is full; what was written before is kept, and can be read")]
    DiskFull,
    /// A store's disk lost what it had taken, so that nothing is written until a restart.
    #[error("the disk failed while writing, and nothing is written until it is checked and the service restarted")]
    DiskFailed,
    /// A store's file is not any more where it was opened, so that nothing is written or read until a restart.
    #[error("{0}")]
    FileLost(String),
    /// A fault of twclone itself, or damaged data.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// One field is to blame.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(field, message)])
    }

    /// A fault of twclone itself.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::Internal(detail.into())
    }
}
