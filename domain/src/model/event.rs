use std::str::FromStr;

use super::clock::Timestamp;
use super::ids::Id;
use super::names::Username;
use super::origin::Origin;

/// What can happen to an account or to the installation, and what a delegate can do for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A user logged in.
    LoggedIn,
    /// A login failed because of a wrong password.
    LoginFailed,
    /// A session was ended by a logout or from the list of sessions.
    SessionEnded,
    /// A refresh token was used twice, which ended its session.
    RefreshTokenReused,
    /// The password was changed, which ended all sessions and app passwords.
    PasswordChanged,
    /// The e-mail address, the full name or the biography was changed.
    ProfileChanged,
    /// An app password was created.
    AppPasswordMade,
    /// An app password was revoked.
    AppPasswordRevoked,
    /// A delegate was added, or their scope or expiry changed.
    DelegateAdded,
    /// A delegate was removed.
    DelegateRemoved,
    /// An administrator disabled the account.
    Disabled,
    /// An administrator enabled the account again.
    Enabled,
    /// An administrator changed the account's role.
    RoleChanged,
    /// The account was deleted.
    Deleted,
    /// The key that signs access tokens was rotated.
    KeyRotated,
    /// A delegate sent a message.
    MessageSent,
    /// A delegate marked messages as read.
    MessagesRead,
    /// A delegate posted or commented.
    Posted,
    /// A delegate edited a post.
    Edited,
    /// A delegate deleted a post.
    PostDeleted,
    /// A delegate reposted a post.
    Reposted,
    /// A delegate undid a repost.
    RepostUndone,
    /// A delegate liked a post.
    Liked,
    /// A delegate undid a like.
    Unliked,
    /// A delegate followed an account.
    Followed,
    /// A delegate unfollowed an account.
    Unfollowed,
    /// A delegate blocked an account.
    Blocked,
    /// A delegate unblocked an account.
    Unblocked,
    /// A delegate muted an account.
    Muted,
    /// A delegate unmuted an account.
    Unmuted,
}

impl EventKind {
    const ALL: [Self; 30] = [
        Self::LoggedIn,
        Self::LoginFailed,
        Self::SessionEnded,
        Self::RefreshTokenReused,
        Self::PasswordChanged,
        Self::ProfileChanged,
        Self::AppPasswordMade,
        Self::AppPasswordRevoked,
        Self::DelegateAdded,
        Self::DelegateRemoved,
        Self::Disabled,
        Self::Enabled,
        Self::RoleChanged,
        Self::Deleted,
        Self::KeyRotated,
        Self::MessageSent,
        Self::MessagesRead,
        Self::Posted,
        Self::Edited,
        Self::PostDeleted,
        Self::Reposted,
        Self::RepostUndone,
        Self::Liked,
        Self::Unliked,
        Self::Followed,
        Self::Unfollowed,
        Self::Blocked,
        Self::Unblocked,
        Self::Muted,
        Self::Unmuted,
    ];

    /// Returns the name of the kind.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedIn => "logged-in",
            Self::LoginFailed => "login-failed",
            Self::SessionEnded => "session-ended",
            Self::RefreshTokenReused => "refresh-token-reused",
            Self::PasswordChanged => "password-changed",
            Self::ProfileChanged => "profile-changed",
            Self::AppPasswordMade => "app-password-made",
            Self::AppPasswordRevoked => "app-password-revoked",
            Self::DelegateAdded => "delegate-added",
            Self::DelegateRemoved => "delegate-removed",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::RoleChanged => "role-changed",
            Self::Deleted => "deleted",
            Self::KeyRotated => "key-rotated",
            Self::MessageSent => "message-sent",
            Self::MessagesRead => "messages-read",
            Self::Posted => "posted",
            Self::Edited => "post-edited",
            Self::PostDeleted => "post-deleted",
            Self::Reposted => "reposted",
            Self::RepostUndone => "repost-undone",
            Self::Liked => "liked",
            Self::Unliked => "unliked",
            Self::Followed => "followed",
            Self::Unfollowed => "unfollowed",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::Muted => "muted",
            Self::Unmuted => "unmuted",
        }
    }
}

impl FromStr for EventKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| format!("no kind of event: {text}"))
    }
}

/// The originator of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An account: the affected one or another one.
    Account(Username),
    /// Somebody with access to the installation's data.
    Administrator,
    /// Unknown.
    Unknown,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The id, which sorts by time and contains the time.
    pub id: Id,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub actor: Actor,
    /// The object or the other account, if the kind alone does not say.
    pub detail: Option<String>,
    /// The id of the request.
    pub request_id: String,
    /// The client's address, if the request came over the network.
    pub address: Option<String>,
}

impl Event {
    /// Returns the time of the event.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.id.made_at()
    }

    pub(crate) fn new(id: Id, kind: EventKind, actor: Actor, detail: Option<String>, origin: &Origin) -> Self {
        let address = origin.address.map(|address| address.to_string());
        Self { id, kind, actor, detail, request_id: origin.request_id.clone(), address }
    }

    /// Also writes the event to the log, without the detail, which contains text that users chose.
    pub(crate) fn tell(&self, account: Option<Id>) {
        let account = account.map(Id::number);
        let (actor, kind, request_id) = (self.actor.as_str(), self.kind.as_str(), &self.request_id);
        tracing::info!(audit = kind, account, actor, event = self.id.number(), request_id);
    }
}

impl Actor {
    /// Returns the name under which it is stored. Special names contain a space, which no user name has.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Account(name) => name.as_str(),
            Self::Administrator => "the administrator",
            Self::Unknown => "nobody known",
        }
    }
}

impl FromStr for Actor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = [Self::Administrator, Self::Unknown].into_iter().find(|actor| actor.as_str() == text);
        named.map_or_else(|| text.parse().map(Self::Account), Ok)
    }
}
