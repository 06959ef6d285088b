//! Request guards. They give handlers the caller and the origin of a request, the fields of its body or query, and
//! its idempotency key.

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
pub(crate) use fields::{Body, MOST_FIELDS, Parameters, Query};
pub(crate) use idempotency::Idempotency;
pub(crate) use if_match::{IfMatch, tag};
pub(crate) use origin::RequestOrigin;
use twclone_domain::{AccountReference, Error, Id, excerpt};
use utoipa::IntoParams;

/// The user in a path, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "describes the parameter")]
pub(crate) struct UserInPath {
    /// A user name or an id
    user: String,
}

/// Parses the user name or account id in a path. Returns `NotFound` for a text that can be neither.
pub(crate) fn user(text: &str) -> Result<AccountReference, Error> {
    text.parse().map_err(|_| {
        Error::NotFound(format!("there is no user {}: it is neither a user name nor an id", excerpt(text)))
    })
}

/// Parses an id in a path, such as that of a message or a session. Returns `NotFound` for a text that cannot be an
/// id.
pub(crate) fn id(kind: &str, text: &str) -> Result<Id, Error> {
    text.parse().map_err(|_| Error::NotFound(format!("there is no {kind} {}: it is not an id", excerpt(text))))
}
