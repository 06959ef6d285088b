use std::str::FromStr;

use serde::Serialize;

use super::clock::Timestamp;
use super::ids::Id;
use super::names::Username;
use super::text::{Biography, EmailAddress, FullName};

/// What somebody says of himself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The user name, as its owner writes it.
    pub name: Username,
    /// Shown to its owner alone.
    pub email: EmailAddress,
    /// The name that the owner goes by, if any.
    pub full_name: Option<FullName>,
    /// A few words, if any.
    pub biography: Option<Biography>,
}

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountState {
    /// In use.
    Active,
    /// Shut by an administrator, until it is enabled again.
    Disabled,
    /// Gone; the name stays taken.
    Deleted,
}

impl AccountState {
    /// The state's name.
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

/// What an account may do besides what everybody may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Nothing.
    User,
    /// What the service keeps for those who run it.
    Admin,
}

impl Role {
    /// The role's name.
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

/// An account, without what proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The id.
    pub id: Id,
    /// What its owner says of himself.
    pub profile: Profile,
    /// Whether it can be used.
    pub state: AccountState,
    /// What it may do besides what everybody may.
    pub role: Role,
    /// Grows with each change of password or state; tokens of an older version count no more.
    pub credential_version: i64,
    /// Grows with each change of what everyone may see of it.
    pub profile_version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}
