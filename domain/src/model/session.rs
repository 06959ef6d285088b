use crate::{Id, Timestamp};

/// A session, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The id.
    pub id: Id,
    /// When it began with a login.
    pub created_at: Timestamp,
    /// When it last got an access token, which is valid for ten minutes.
    pub last_used_at: Timestamp,
    /// When it ends if it is not used.
    pub expires_at: Timestamp,
    /// The user agent that the client sent.
    pub user_agent: Option<String>,
    /// The client's address at the login.
    pub address: String,
}
