//! Tokens that must be refused, each with the reason.

mod claims;
mod headers;
mod kinds;
mod shapes;
mod signatures;

pub(super) use claims::claims;
pub(super) use headers::headers;
pub(super) use kinds::kinds;
pub(super) use shapes::shapes;
pub(super) use signatures::signatures;

/// The reason, and the token.
pub(super) type Wrong = (String, String);
