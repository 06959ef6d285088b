use std::str::FromStr;

use serde::Serialize;

use super::clock::Timestamp;
use super::ids::Id;
use super::names::Username;
use super::text::{Biography, EmailAddress, FullName};

/// What an account's owner states about themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The user name, in its owner's spelling.
    pub name: Username,
    /// The e-mail address, which only the owner sees.
    pub email: EmailAddress,
    /// The full name, if any.
    pub full_name: Option<FullName>,
    /// The biography, if any.
    pub biography: Option<Biography>,
}

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountState {
    /// In use.
    Active,
    /// Disabled by an administrator until it is enabled again.
    Disabled,
    /// Deleted. The name stays taken.
    Deleted,
}

impl AccountState {
    /// Returns the name of the state.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }
}

impl FromStr for AccountState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Active, Self::Disabled, Self::Deleted]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("no state of an account: {text}"))
    }
}

/// The privileges of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// No special privileges.
    User,
    /// The administration of the service.
    Admin,
}

impl Role {
    /// Returns the name of the role.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = [Self::User, Self::Admin].into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| "must be user or admin".to_owned())
    }
}

/// An account without its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The id.
    pub id: Id,
    /// What its owner states about themselves.
    pub profile: Profile,
    /// Whether it can be used.
    pub state: AccountState,
    /// Its privileges.
    pub role: Role,
    /// Grows with each change of the password or the state. Tokens of an older version are invalid.
    pub credential_version: i64,
    /// Grows with each change of the public profile.
    pub profile_version: i64,
    /// The time of creation.
    pub created_at: Timestamp,
}

/// The counts shown with a profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Accounts that follow it.
    pub followers: u64,
    /// Accounts that it follows.
    pub following: u64,
    /// Its posts, comments and reposts.
    pub posts: u64,
}

/// A change to an optional part of a profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part<T> {
    /// Unchanged.
    #[default]
    Same,
    /// Removed.
    Gone,
    /// Replaced.
    New(T),
}

impl<T> Part<T> {
    /// Returns the new value, if there is one.
    pub(crate) fn new_part(&self) -> Option<&T> {
        match self {
            Self::Same | Self::Gone => None,
            Self::New(part) => Some(part),
        }
    }
}
