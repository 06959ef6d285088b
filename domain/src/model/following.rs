use crate::{Timestamp, Username};

/// The fact that an account follows another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Following {
    /// The follower.
    pub follower: Username,
    /// The followed account.
    pub followed: Username,
    /// The time at which the follow began.
    pub since: Timestamp,
    /// Whether the follow is new.
    pub is_new: bool,
}
