//! What a handler asks of a request: who calls and from where, the fields of the body or the query, the idempotency
//! key.

mod accept;
mod authentication;
mod browser;
mod fields;
mod idempotency;
mod if_match;
mod origin;

pub(crate) use accept::Accepting;
#[cfg(fuzzing)]
pub(crate) use authentication::basic;
pub(crate) use authentication::{Authenticated, MaybeAuthenticated, Unverified, allowance};
pub(crate) use browser::Browser;
pub(crate) use fields::{Body, Parameters, Query};
pub(crate) use idempotency::Idempotency;
pub(crate) use if_match::{IfMatch, tag};
pub(crate) use origin::RequestOrigin;
use twclone_domain::{AccountReference, Error, Id, excerpt};

/// The account that a path names; one that cannot be the name of any is not there.
pub(crate) fn user(text: &str) -> Result<AccountReference, Error> {
    text.parse()
        .map_err(|_| Error::NotFound(format!("there is no user {}: it cannot be a user name or an id", excerpt(text))))
}

/// What a path names by its id: a message, a session.
pub(crate) fn id(kind: &str, text: &str) -> Result<Id, Error> {
    text.parse().map_err(|_| Error::NotFound(format!("there is no {kind} {}: it cannot be an id", excerpt(text))))
}
