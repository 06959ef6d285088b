use std::fmt;
use std::str::FromStr;

use super::clock::Timestamp;

/// The status of an instance that takes requests.
pub(crate) const READY: &str = "ready";
/// That of one that has said nothing of itself yet.
pub(crate) const STARTING: &str = "starting";

/// What an instance serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Everything, in one process.
    All,
    /// The edge, which passes requests on to the others.
    Gateway,
    /// Logins, sessions and keys.
    Auth,
    /// Accounts, and who follows, mutes and blocks whom.
    Users,
    /// Posts and timelines.
    Timeline,
    /// Direct messages.
    Messages,
}

/// A process that serves, as it has announced itself last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// 16 hex digits that no other instance has.
    pub id: String,
    /// What it serves.
    pub service: Service,
    /// Where it can be reached: host and port.
    pub address: String,
    /// The version of its program.
    pub version: String,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// When it announced itself last.
    pub seen_at: Timestamp,
    /// `ready`, or in its own words why not.
    pub status: String,
    /// How many requests it was just answering.
    pub in_flight: u64,
    /// How many requests it answered each second since the announcement before.
    pub rate: u64,
}

impl Service {
    const ALL: [Self; 6] = [Self::All, Self::Gateway, Self::Auth, Self::Users, Self::Timeline, Self::Messages];

    /// The service's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Gateway => "gateway",
            Self::Auth => "auth",
            Self::Users => "users",
            Self::Timeline => "timeline",
            Self::Messages => "messages",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Service {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|service| service.as_str() == text);
        found.ok_or_else(|| "must be all, gateway, auth, users, timeline or messages".to_owned())
    }
}

impl Instance {
    /// What instances are listed by.
    pub(crate) fn order(&self) -> (Service, Timestamp, &str) {
        (self.service, self.started_at, &self.id)
    }
}
