//! Ids: 64-bit numbers that sort by time, so that every client can sort them.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compact_str::ToCompactString as _;
use serde::{Serialize, Serializer};
use tokio::sync::Notify;

use super::clock::{Clock, Timestamp};
use super::error::Error;

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

/// For how long an id waits for a lease that has run out to be renewed.
const WORKER_NUMBER_TIMEOUT: Duration = Duration::from_secs(2);

/// Makes ids, each larger than the one before, also where the machine's clock is set back: then they go on from the last
/// one, a millisecond for each 256. No two generators with the same worker number may run at a time: that is what the
/// lease is for, whose end `valid_until` is.
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
    /// A generator for a worker, which makes ids with times behind `since`, until so much time has passed on the clock.
    #[must_use]
    pub fn new(clock: Clock, worker: u8, since: Timestamp, valid_until: Duration) -> Self {
        let state = State { worker, valid_until, last: since, sequence: u8::MAX };
        Self { clock, state: Mutex::new(state), run_out: Notify::new(), renewed: Notify::new() }
    }

    /// The lease on the same worker number was renewed.
    pub fn renew(&self, valid_until: Duration) {
        self.state().valid_until = valid_until;
        self.renewed.notify_waiters();
    }

    /// The generator now has another worker number. Its ids go on rising.
    pub fn replace(&self, worker: u8, since: Timestamp, valid_until: Duration) {
        let mut state = self.state();
        let last = state.last.max(since);
        *state = State { worker, valid_until, last, sequence: u8::MAX };
        drop(state);
        self.renewed.notify_waiters();
    }

    /// A time that no id is behind which this generator has made.
    #[must_use]
    pub fn highest(&self) -> Timestamp {
        self.state().last
    }

    /// Waits until an id was asked for while the lease had run out.
    pub(crate) async fn run_out(&self) {
        self.run_out.notified().await;
    }

    /// A fresh id, larger than each that this generator has made. Waits up to 2 s where the lease has run out, as it
    /// does while the machine is suspended, and has to be renewed.
    ///
    /// # Errors
    /// `Unavailable` where the lease is not renewed.
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

    /// Whether an id can be made now; one is. Otherwise asks for the lease to be renewed.
    ///
    /// # Errors
    /// `Unavailable` where the lease has run out.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let made = self.attempt().unwrap_or_else(|| {
            self.run_out.notify_one();
            Err(run_out())
        });
        made.map(drop)
    }

    /// `None` where the lease has run out.
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
        Some(Id::new(number).ok_or_else(|| Error::internal("the clock stands at the epoch")))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run_out() -> Error {
    Error::Unavailable("the lease on this process's worker number has run out".to_owned())
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
