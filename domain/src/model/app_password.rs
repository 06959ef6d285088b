use std::fmt;
use std::str::FromStr;

use super::scope::Scope;
use super::text;
use crate::{Id, Timestamp};

/// A random secret that can be used in place of the account's password, within its scope. It can never administer the
/// account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPassword {
    /// The id.
    pub id: Id,
    /// The name that its owner gave it.
    pub name: AppPasswordName,
    /// The scope; without one, everything but what is reserved for the owner.
    pub scope: Option<Scope>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires; without a time, it works until it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// The name of an app password: 1–100 letters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPasswordName(String);

impl AppPassword {
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

impl FromStr for AppPasswordName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(letter) = text.chars().find(|letter| text::is_directing(*letter)) {
            return Err(text::directing(letter));
        }
        let fits = (1..=Self::LONGEST).contains(&text.chars().count()) && !text::is_blank(text);
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a name of 1 to 100 characters on one line".to_owned())
        }
    }
}

impl AppPasswordName {
    /// Maximum length in characters.
    pub const LONGEST: usize = 100;

    /// Wraps a name from the store. It was parsed when it came in, perhaps by older rules.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppPasswordName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
