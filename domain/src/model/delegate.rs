use super::scope::Scope;
use crate::{Id, Timestamp, Username};

/// What a delegate may do for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The scope; without one, everything but what is reserved for the owner.
    pub scope: Option<Scope>,
    /// When it was granted.
    pub created_at: Timestamp,
    /// When it ends; without a time, it holds until it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// An account that may act for another account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegate {
    /// The id of the delegate's account.
    pub id: Id,
    /// The delegate's user name.
    pub name: Username,
    /// What the delegate may do.
    pub grant: Grant,
}
