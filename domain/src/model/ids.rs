//! Ids: 64-bit numbers that sort by time, so that every client can sort by them.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compact_str::ToCompactString as _;
use serde::{Serialize, Serializer};
use tokio::sync::Notify;

use super::clock::{Clock, Timestamp};
use super::error::Error;

/// The id of a message, an account or another item. The top 48 bits are Unix milliseconds. The worker number (8 bits)
/// and a sequence number (8 bits) follow. Seed data may have small ids of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(i64);

impl Id {
    /// Returns the id with this number, if it is from 1 to 2^63 - 1.
    #[must_use]
    pub fn new(number: i64) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }

    /// Returns the number.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// Returns the time at which the id was generated. Meaningless for the small ids of seed data.
    #[must_use]
    pub fn made_at(self) -> Timestamp {
        Timestamp::from_millis(self.0 >> 16)
    }

    /// Returns the smallest id that can be generated at that time.
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
    /// Serializes as a decimal string, because some clients cannot represent numbers of this size exactly.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_compact_string())
    }
}

/// Maximum wait for the renewal of an expired lease.
const WORKER_NUMBER_TIMEOUT: Duration = Duration::from_secs(2);

/// Generates ids, each larger than the one before, even if the machine's clock is set back: then they continue from
/// the last one, with 256 ids for each millisecond. No two generators may use the same worker number at the same
/// time. A lease on the number ensures that; `valid_until` is its end.
#[derive(Debug)]
pub struct IdGenerator {
    clock: Clock,
    state: Mutex<State>,
    run_out: Notify,
    renewed: Notify,
}

#[derive(Debug)]
struct State {
    worker: u8,
    valid_until: Duration,
    last: Timestamp,
    sequence: u8,
}

impl IdGenerator {
    /// Creates a generator for a worker number. Its ids have times of `since` or later. It stops when the clock's
    /// elapsed time reaches `valid_until`.
    #[must_use]
    pub fn new(clock: Clock, worker: u8, since: Timestamp, valid_until: Duration) -> Self {
        let state = State { worker, valid_until, last: since, sequence: u8::MAX };
        Self { clock, state: Mutex::new(state), run_out: Notify::new(), renewed: Notify::new() }
    }

    /// Extends the lease on the same worker number.
    pub fn renew(&self, valid_until: Duration) {
        self.state().valid_until = valid_until;
        self.renewed.notify_waiters();
    }

    /// Switches to another worker number. The ids keep increasing.
    pub fn replace(&self, worker: u8, since: Timestamp, valid_until: Duration) {
        let mut state = self.state();
        let last = state.last.max(since);
        *state = State { worker, valid_until, last, sequence: u8::MAX };
        drop(state);
        self.renewed.notify_waiters();
    }

    /// Returns a time that no generated id exceeds.
    #[must_use]
    pub fn highest(&self) -> Timestamp {
        self.state().last
    }

    /// Waits until an id is requested although the lease has expired.
    pub(crate) async fn run_out(&self) {
        self.run_out.notified().await;
    }

    /// Returns a new id, larger than all that this generator has made. If the lease has expired, as it does while the
    /// machine is suspended, waits up to 2 s for its renewal.
    ///
    /// # Errors
    /// `Unavailable` if the lease is not renewed.
    pub async fn next(&self) -> Result<Id, Error> {
        let waiting = async {
            loop {
                let renewed = self.renewed.notified();
                if let Some(id) = self.attempt() {
                    return id;
                }
                self.run_out.notify_one();
                renewed.await;
            }
        };
        tokio::time::timeout(WORKER_NUMBER_TIMEOUT, waiting).await.unwrap_or_else(|_| Err(run_out()))
    }

    /// Checks that ids can be generated, by generating one. If not, requests a renewal of the lease.
    ///
    /// # Errors
    /// `Unavailable` if the lease has expired.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let made = self.attempt().unwrap_or_else(|| {
            self.run_out.notify_one();
            Err(run_out())
        });
        made.map(drop)
    }

    /// Returns `None` if the lease has expired.
    fn attempt(&self) -> Option<Result<Id, Error>> {
        let mut state = self.state();
        if self.clock.elapsed() >= state.valid_until {
            return None;
        }
        let now = self.clock.now();
        (state.last, state.sequence) = match state.sequence.checked_add(1) {
            _ if now > state.last => (now, 0),
            Some(sequence) => (state.last, sequence),
            None => (state.last.plus_millis(1), 0),
        };
        let number = (state.last.millis() << 16) | (i64::from(state.worker) << 8) | i64::from(state.sequence);
        Some(Id::new(number).ok_or_else(|| Error::internal("the system clock is at the Unix epoch")))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run_out() -> Error {
    Error::Unavailable("the lease on this process's worker number has expired".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[tokio::test]
    async fn ids_rise_whatever_the_clock_does() {
        let now = Arc::new(AtomicI64::new(1_000_000_000));
        let asked = Arc::clone(&now);
        let clock = Clock::with_elapsed(
            move || Timestamp::from_millis(asked.load(Ordering::Relaxed)),
            || Duration::from_secs(1),
        );
        let ids = IdGenerator::new(clock, 7, Timestamp::from_millis(0), Duration::from_secs(2));
        let mut last = ids.next().await.unwrap();
        for step in [0, 1, -3_600_000, 0, 0, 7_200_000, -1] {
            now.fetch_add(step, Ordering::Relaxed);
            for _ in 0..600 {
                let next = ids.next().await.unwrap();
                assert!(next > last);
                last = next;
            }
        }
        ids.replace(3, Timestamp::from_millis(0), Duration::from_secs(2));
        assert!(ids.next().await.unwrap() > last);
    }

    #[tokio::test]
    async fn the_first_id_is_above_all_of_the_time_that_an_earlier_generator_reached() {
        let now = Timestamp::from_millis(1_000);
        let clock = || Clock::with_elapsed(move || now, || Duration::from_secs(1));
        let before = IdGenerator::new(clock(), 7, Timestamp::from_millis(0), Duration::from_mins(1));
        let (one, other) = (before.next().await.unwrap(), before.next().await.unwrap());
        let after = IdGenerator::new(clock(), 7, before.highest(), Duration::from_mins(1));
        assert!(one < other && other < after.next().await.unwrap());
    }

    #[tokio::test]
    async fn a_lease_that_has_run_out_is_renewed_at_once() {
        let clock = Clock::with_elapsed(|| Timestamp::from_millis(1_000), || Duration::from_secs(100));
        let ids = IdGenerator::new(clock, 7, Timestamp::from_millis(0), Duration::from_mins(1));
        let renew = async {
            ids.run_out().await;
            ids.renew(Duration::from_secs(160));
        };
        let (id, ()) = tokio::join!(ids.next(), renew);
        id.unwrap();
        ids.renew(Duration::ZERO);
        ids.next().await.unwrap_err();
    }
}
