use std::fmt;
use std::str::FromStr;

use super::clock::Timestamp;

/// The status of an instance that accepts requests.
pub(crate) const READY: &str = "ready";
/// The status of an instance that has not announced itself yet.
pub(crate) const STARTING: &str = "starting";

/// The service that an instance provides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// All services in one process.
    All,
    /// The edge, which forwards requests to the others.
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

/// A serving process, as of its last announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The unique id: 16 hex digits.
    pub id: String,
    /// The service that it provides.
    pub service: Service,
    /// Its address: host and port.
    pub address: String,
    /// The version of the program.
    pub version: String,
    /// The time of its start.
    pub started_at: Timestamp,
    /// The time of its last announcement.
    pub seen_at: Timestamp,
    /// `ready`, `not ready`, or `starting` before the first announcement.
    pub status: String,
    /// The number of requests in progress.
    pub in_flight: u64,
    /// The number of responses per second, measured over the last two seconds or so.
    pub rate: u64,
}

impl Service {
    const ALL: [Self; 6] = [Self::All, Self::Gateway, Self::Auth, Self::Users, Self::Timeline, Self::Messages];

    /// Returns the name of the service.
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
    /// Returns the sort key for listing instances.
    pub(crate) fn order(&self) -> (Service, Timestamp, &str) {
        (self.service, self.started_at, &self.id)
    }
}
