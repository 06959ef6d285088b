use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What an app password or a delegate may do for an account. Without a scope, both may do everything that is not
/// reserved for the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Read what the account can see, and change nothing.
    Read,
    /// Read and write what the account can, except administering it.
    Write,
    /// Read and send direct messages, and nothing else.
    Messages,
}

/// The right that an action requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// Read direct messages.
    ReadMessages,
    /// Send direct messages and mark them as read.
    WriteMessages,
    /// Read what only the account itself can see.
    Read,
    /// Post, comment, like and repost; follow, mute and block.
    Write,
    /// Administer the account: password, profile, sessions, delegates, deletion.
    Own,
}

impl Scope {
    const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Messages];

    /// Returns the name of the scope.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Messages => "messages",
        }
    }

    pub(crate) fn allows(self, right: Right) -> bool {
        match (self, right) {
            (_, Right::Own)
            | (Self::Read, Right::WriteMessages)
            | (Self::Messages, Right::Read)
            | (Self::Read | Self::Messages, Right::Write) => false,
            (_, Right::ReadMessages)
            | (Self::Write | Self::Messages, Right::WriteMessages)
            | (Self::Read | Self::Write, Right::Read)
            | (Self::Write, Right::Write) => true,
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ReadMessages => "to read messages",
            Self::WriteMessages => "to send messages or mark them as read",
            Self::Read => "to read what only the account can see",
            Self::Write => "to write posts or to change whom the account follows",
            Self::Own => "to administer the account",
        })
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| "must be read, write or messages".to_owned())
    }
}
