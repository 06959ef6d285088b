//! Ids: 64-bit numbers that sort by time, so that every client can sort them.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use compact_str::ToCompactString as _;
use serde::{Serialize, Serializer};

use crate::Error;
use crate::clock::{Clock, Timestamp};

/// The id of a message, an account or another thing: Unix milliseconds in the top 48 bits, the worker that
/// made it (8 bits) and a sequence number (8 bits) below. Seed data may bring small ids of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(i64);

impl Id {
    /// The id with this number, if it is from 1 to 2^63 - 1.
    #[must_use]
    pub fn new(number: i64) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// When the id was made. (Meaningless for small ids of seed data.)
    #[must_use]
    pub fn made_at(self) -> Timestamp {
        Timestamp::from_millis(self.0 >> 16)
    }

    /// The smallest id that could be made then.
    pub(crate) fn first_at(time: Timestamp) -> i64 {
        time.millis().max(0) << 16
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|_| digits)
            .and_then(Self::new)
            .ok_or_else(|| "must be an id: a whole number from 1 to 9223372036854775807".to_owned())
    }
}

impl Serialize for Id {
    /// A decimal string: numbers of this size are not safe in every client.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_compact_string())
    }
}

/// The clock may step back so far, and new ids wait for it; further, and they are refused.
const PATIENCE: i64 = 1_000;

/// Makes ids. No two generators with the same worker number may run at a time: that is what the lease is
/// for, whose end `valid_until` is.
#[derive(Debug)]
pub struct IdGenerator {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    worker: u8,
    valid_until: Timestamp,
    last: Timestamp,
    sequence: u8,
}

impl IdGenerator {
    /// A generator for a worker, which makes ids with times from `since` to before `valid_until`.
    #[must_use]
    pub fn new(clock: Clock, worker: u8, since: Timestamp, valid_until: Timestamp) -> Self {
        let state = State { worker, valid_until, last: since, sequence: 0 };
        Self { clock, state: Mutex::new(state) }
    }

    /// The lease on the same worker number was renewed.
    pub fn renew(&self, valid_until: Timestamp) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).valid_until = valid_until;
    }

    /// The generator now has another worker number.
    pub fn replace(&self, worker: u8, since: Timestamp, valid_until: Timestamp) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) =
            State { worker, valid_until, last: since, sequence: 0 };
    }

    /// A fresh id, larger than each that this generator has made. Waits where a millisecond's 256 ids are
    /// used up or the clock has stepped back a little.
    ///
    /// # Errors
    /// `Unavailable` where the clock has stepped back by more than a second, or the lease has run out.
    pub async fn next(&self) -> Result<Id, Error> {
        loop {
            match self.attempt()? {
                Ok(id) => return Ok(id),
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Whether an id can be made now; one is.
    ///
    /// # Errors
    /// As for [`IdGenerator::next`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.attempt().map(drop)
    }

    fn attempt(&self) -> Result<Result<Id, Duration>, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let behind = state.last.millis() - now.millis();
        if behind > PATIENCE {
            return Err(Error::Unavailable(format!("the machine's clock stepped back by {behind} ms; set it right")));
        }
        if now >= state.valid_until {
            return Err(Error::Unavailable("the lease on this process's worker number has run out".to_owned()));
        }
        if behind > 0 || (behind == 0 && state.sequence == u8::MAX) {
            return Ok(Err(Duration::from_millis(behind.unsigned_abs().max(1))));
        }
        state.sequence = if behind == 0 { state.sequence + 1 } else { 0 };
        state.last = now;
        let number = (now.millis() << 16) | (i64::from(state.worker) << 8) | i64::from(state.sequence);
        Id::new(number).map(Ok).ok_or_else(|| Error::internal("the clock stands at the epoch"))
    }
}
