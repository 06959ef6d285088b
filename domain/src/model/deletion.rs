use crate::{Id, Timestamp};

/// The progress of the deletion of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// The account.
    pub account: Id,
    /// The time at which the account was deleted.
    pub requested_at: Timestamp,
    /// The number of items removed from the account's lists: messages, posts and others. Each interruption can leave
    /// one page uncounted.
    pub removed: u64,
    pub(crate) leased_until: Timestamp,
    /// The time at which nothing was left.
    pub finished_at: Option<Timestamp>,
}
