use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A count in a period, replenished evenly; `None` means unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Rate(pub(super) Option<Bound>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::accounts) struct Bound {
    pub(super) count: u32,
    pub(super) seconds: u32,
}

impl Rate {
    /// Returns the count and the period in seconds, if there is a limit.
    #[must_use]
    pub fn bound(&self) -> Option<(u32, u32)> {
        self.0.map(|bound| (bound.count, bound.seconds))
    }
}

impl FromStr for Rate {
    type Err = String;

    /// Parses `off`, or a count and a time: `10/300` or `10/300s`, `10/5m`, `10/1h`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let read = || {
            let (count, time) = text.split_once('/')?;
            let (time, unit) = match time.strip_suffix(['s', 'm', 'h']) {
                Some(number) if time.ends_with('m') => (number, 60),
                Some(number) if time.ends_with('h') => (number, 3_600),
                Some(number) => (number, 1),
                None => (time, 1),
            };
            let (count, time): (u32, u32) = (count.parse().ok()?, time.parse().ok()?);
            let seconds = time.checked_mul(unit).filter(|seconds| *seconds <= 86_400)?;
            (count > 0 && seconds > 0).then_some(Bound { count, seconds })
        };
        let bound = read();
        bound.map(|bound| Self(Some(bound))).ok_or_else(|| {
            format!("\"{text}\" is not a rate; write a count and a time of at most a day, such as 10/5m, or off")
        })
    }
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(Bound { count, seconds }) => write!(formatter, "{count}/{seconds}s"),
            None => formatter.write_str("off"),
        }
    }
}

/// The rate limits.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Failed logins to one account.
    pub login_failures_per_account: Rate,
    /// Failed logins from one address, to any accounts.
    pub login_failures_per_address: Rate,
    /// Sign-ups from one address.
    pub sign_ups_per_address: Rate,
    /// Requests of one account.
    pub requests_per_account: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        let rate = |count, seconds| Rate(Some(Bound { count, seconds }));
        Self {
            login_failures_per_account: rate(20, 600),
            login_failures_per_address: rate(100, 600),
            sign_ups_per_address: rate(100, 3_600),
            // More than one machine can serve: this only stops runaway clients. Operators with untrusted users set a
            // lower one.
            requests_per_account: rate(3_000_000, 300),
        }
    }
}
