//! User names, and references to accounts by user name or id.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Serialize, Serializer};

use super::ids::Id;

/// A user name: 1–30 of `a-z A-Z 0-9 _`, not only digits. It keeps its owner's spelling. Comparisons ignore case, see
/// [`Username::key`].
#[derive(Debug, Clone)]
pub struct Username(CompactString);

/// The words that fixed paths use in the place of a user name. They cannot be registered.
const RESERVED: &[&str] = &[
    "admin",
    "all",
    "api",
    "auth",
    "data",
    "docs",
    "feed",
    "following",
    "followers",
    "healthz",
    "home",
    "id",
    "login",
    "me",
    "metrics",
    "new",
    "read",
    "readyz",
    "register",
    "root",
    "signin",
    "signup",
    "system",
    "twclone",
    "user",
    "users",
    "verify",
];

impl Username {
    /// Maximum length in characters.
    pub const LONGEST: usize = 30;

    /// Returns the name in ASCII lower case, as it is compared and used in keys.
    #[must_use]
    pub fn key(&self) -> CompactString {
        self.0.to_ascii_lowercase()
    }

    /// Returns the name in its owner's spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the name is reserved for the service and cannot be registered.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        RESERVED.contains(&self.key().as_str())
    }
}

impl PartialEq for Username {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Username {}

impl Hash for Username {
    /// Ignores case, and does not copy the name.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut lower = [0; Self::LONGEST];
        for (lower, byte) in lower.iter_mut().zip(self.0.bytes()) {
            *lower = byte.to_ascii_lowercase();
        }
        state.write(&lower);
    }
}

impl FromStr for Username {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        CompactString::new(text).try_into()
    }
}

impl TryFrom<CompactString> for Username {
    type Error = String;

    fn try_from(text: CompactString) -> Result<Self, String> {
        let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let digits_alone = text.bytes().all(|byte| byte.is_ascii_digit());
        if letters && (1..=Self::LONGEST).contains(&text.len()) && !digits_alone {
            Ok(Self(text))
        } else {
            Err("must be a user name: 1 to 30 letters a-z, digits or _, and not only digits".to_owned())
        }
    }
}

impl From<Username> for String {
    fn from(name: Username) -> Self {
        name.0.into()
    }
}

impl fmt::Display for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for Username {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A reference to an account by user name or by id. A user name has at least one character that is no digit, so the
/// two cannot be confused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountReference {
    /// By user name.
    Name(Username),
    /// By id.
    Id(Id),
}

impl FromStr for AccountReference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Name),
        }
    }
}

impl fmt::Display for AccountReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(formatter),
            Self::Id(id) => id.fmt(formatter),
        }
    }
}
