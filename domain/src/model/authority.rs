use crate::{Id, Timestamp};

/// The authority for a write to an account. The writing transaction checks it.
#[derive(Debug, Clone)]
pub(crate) enum Authority {
    /// A caller's authority over their own account: what they proved must still hold.
    Caller(Claim),
    /// An administrator's authority over the account with this id, which must not be deleted.
    Administrator(Id),
}

/// What a caller proved.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// The id of their account.
    pub(crate) account: Id,
    /// The credential version of the account when they proved it.
    pub(crate) credential_version: i64,
    /// The means by which they proved it.
    pub(crate) means: Means,
    /// The time at which the claim must hold.
    pub(crate) at: Timestamp,
}

/// What a caller proved who they are with, or what a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    /// A session: an access token.
    Session(Id),
    /// The account's own password, which was proved elsewhere: an edge token.
    Password,
    /// An app password, which was proved elsewhere: an edge token.
    AppPassword(Id),
}

impl Means {
    /// Returns the id of the app password, if it is one.
    pub(crate) fn app_password(self) -> Option<Id> {
        match self {
            Self::AppPassword(id) => Some(id),
            Self::Password | Self::Session(_) => None,
        }
    }
}
