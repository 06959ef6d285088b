use std::str::FromStr;

use super::clock::Timestamp;
use super::ids::Id;
use super::names::Username;
use super::origin::Origin;

/// What can happen to an account or to the installation, and what a delegate can do for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Somebody logged in.
    LoggedIn,
    /// Somebody tried to log in with a wrong password.
    LoginFailed,
    /// A session was ended, by a logout or from a list of sessions.
    SessionEnded,
    /// A refresh token was used twice, which ended its session.
    RefreshTokenReused,
    /// The password is another; all sessions and app passwords ended.
    PasswordChanged,
    /// E-mail address, name or bio are others.
    ProfileChanged,
    /// There is a further app password.
    AppPasswordMade,
    /// An app password counts no more.
    AppPasswordRevoked,
    /// Somebody may act for the account, or may do more or less than before.
    DelegateAdded,
    /// Somebody may act for it no more.
    DelegateRemoved,
    /// An administrator shut the account.
    Disabled,
    /// An administrator opened it again.
    Enabled,
    /// An administrator gave the account another role.
    RoleChanged,
    /// The account was deleted.
    Deleted,
    /// Access tokens are signed with another key.
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
    /// A delegate took a repost back.
    RepostUndone,
    /// A delegate liked a post.
    Liked,
    /// A delegate took a like back.
    Unliked,
    /// A delegate let the account follow somebody.
    Followed,
    /// A delegate ended that.
    Unfollowed,
    /// A delegate blocked somebody.
    Blocked,
    /// A delegate ended that.
    Unblocked,
    /// A delegate muted somebody.
    Muted,
    /// A delegate ended that.
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

    /// The kind's name.
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

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An account, the one that it happened to or another.
    Account(Username),
    /// Whoever can open the installation's data.
    Administrator,
    /// Nobody can tell.
    Unknown,
}

/// An entry of the audit: who, for whom, what, when, on which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The id; sorts by time, and holds it.
    pub id: Id,
    /// What.
    pub kind: EventKind,
    /// Who.
    pub actor: Actor,
    /// To what or to whom, where the kind alone does not say.
    pub detail: Option<String>,
    /// On which request.
    pub request_id: String,
    /// From which address, where it came over the network.
    pub address: Option<String>,
}

impl Event {
    /// When.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.id.made_at()
    }

    pub(crate) fn new(id: Id, kind: EventKind, actor: Actor, detail: Option<String>, origin: &Origin) -> Self {
        let address = origin.address.map(|address| address.to_string());
        Self { id, kind, actor, detail, request_id: origin.request_id.clone(), address }
    }

    /// Writes it into the log as well, but for the detail, which has words that people chose.
    pub(crate) fn tell(&self, account: Option<Id>) {
        let account = account.map(Id::number);
        let (actor, kind, request_id) = (self.actor.as_str(), self.kind.as_str(), &self.request_id);
        tracing::info!(audit = kind, account, actor, event = self.id.number(), request_id);
    }
}

impl Actor {
    /// The name under which it is kept; a user name cannot have a space.
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
