use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;
use ring::hmac;

use super::rate::{Bound, Rate};
use crate::{Error, Id, Randomness};

/// What is left of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The number of requests that the rate allows.
    pub count: u32,
    /// The period of the rate in seconds.
    pub seconds: u32,
    /// How many are left now.
    pub remaining: u32,
    /// The seconds until all are available again; if this one exceeded the rate, the seconds until one is.
    pub reset: u32,
    pub(super) exceeded: bool,
}

impl Allowance {
    /// Admits what was counted.
    ///
    /// # Errors
    /// `TooMany` if it was beyond the rate.
    pub fn admit(self) -> Result<(), Error> {
        if self.exceeded { Err(Error::TooMany("too many requests by your account", self.reset)) } else { Ok(()) }
    }
}

/// The number of slots for names and addresses. Login attempts and sign-ups fill them, and bcrypt slows both down, so
/// that a flood fills few.
const PLACES: usize = 1 << 14;
/// The number of accounts whose requests are counted at a time.
const ACCOUNTS: usize = 100_000;

/// Counts by the generic cell rate algorithm (ITU-T I.371, annex A): a slot stores when it would be empty.
#[derive(Debug)]
pub(super) struct Counter {
    rate: Rate,
    key: hmac::Key,
    empty_at: Vec<AtomicI64>,
}

impl Counter {
    pub(super) fn new(rate: Rate, randomness: &Randomness) -> Result<Self, Error> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &randomness.bytes::<32>()?);
        let places = if rate.0.is_some() { PLACES } else { 0 };
        Ok(Self { rate, key, empty_at: (0..places).map(|_| AtomicI64::new(0)).collect() })
    }

    fn place(&self, of: &[u8]) -> Option<(Bound, &AtomicI64)> {
        let tag = hmac::sign(&self.key, of);
        let (number, _) = tag.as_ref().split_first_chunk()?;
        let place = u64::from_be_bytes(*number) % PLACES as u64;
        Some((self.rate.0?, self.empty_at.get(usize::try_from(place).ok()?)?))
    }

    /// Returns in how many seconds one more is within the rate, if it is not now.
    pub(super) fn exceeded(&self, of: &[u8], now: Duration) -> Option<u32> {
        let (bound, empty_at) = self.place(of)?;
        bound.wait(empty_at.load(Ordering::Relaxed), now)
    }

    /// Counts one, within the rate or not, but never beyond one period. Returns the amount for [`Self::take_back`],
    /// in case it does not count after all.
    pub(super) fn count(&self, of: &[u8], now: Duration) -> i64 {
        let Some((bound, empty_at)) = self.place(of) else { return 0 };
        let now = micros(now);
        let after = |at: i64| (at.max(now) + bound.each()).min(now + bound.period());
        let before = empty_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| Some(after(at)));
        before.map_or(0, |at| (after(at) - at.max(now)).max(0))
    }

    /// Takes back an amount that was counted.
    pub(super) fn take_back(&self, of: &[u8], counted: i64) {
        if let Some((_, empty_at)) = self.place(of) {
            empty_at.fetch_sub(counted, Ordering::Relaxed);
        }
    }

    /// Counts one if it is within the rate.
    pub(super) fn take(&self, of: &[u8], now: Duration) -> Option<Allowance> {
        let (bound, empty_at) = self.place(of)?;
        Some(bound.take(empty_at, now))
    }
}

/// Counts the requests of each account separately. Only sign-ups add accounts, so a flood cannot fill this.
#[derive(Debug)]
pub(super) struct RequestCounter {
    bound: Option<Bound>,
    empty_at: Cache<i64, Arc<AtomicI64>>,
}

impl RequestCounter {
    pub(super) fn new(rate: Rate) -> Self {
        Self { bound: rate.0, empty_at: Cache::new(ACCOUNTS) }
    }

    /// Counts one if it is within the rate.
    pub(super) fn take(&self, account: Id, now: Duration) -> Option<Allowance> {
        let bound = self.bound?;
        let empty_at = self.empty_at.get_or_insert_with(&account.number(), || Ok::<_, Error>(Arc::default())).ok()?;
        Some(bound.take(&empty_at, now))
    }
}

fn micros(elapsed: Duration) -> i64 {
    i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
}

/// Rounds up to whole seconds.
fn seconds(micros: i64) -> u32 {
    u32::try_from((micros + 999_999) / 1_000_000).unwrap_or(u32::MAX)
}

impl Bound {
    /// Returns the period in microseconds, the unit of all times of a counter.
    fn period(self) -> i64 {
        i64::from(self.seconds) * 1_000_000
    }

    /// Returns the share of one request in the period, in microseconds.
    fn each(self) -> i64 {
        (self.period() / i64::from(self.count)).max(1)
    }

    fn take(self, empty_at: &AtomicI64, now: Duration) -> Allowance {
        let add = |at: i64| self.wait(at, now).is_none().then(|| at.max(micros(now)) + self.each());
        match empty_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add) {
            Ok(before) => self.left(before.max(micros(now)) + self.each(), now),
            Err(full) => Allowance {
                count: self.count,
                seconds: self.seconds,
                remaining: 0,
                reset: self.wait(full, now).unwrap_or(1),
                exceeded: true,
            },
        }
    }

    fn wait(self, empty_at: i64, now: Duration) -> Option<u32> {
        let over = empty_at + self.each() - micros(now) - self.period();
        (over > 0).then(|| seconds(over))
    }

    fn left(self, empty_at: i64, now: Duration) -> Allowance {
        let used = (empty_at - micros(now)).max(0);
        let remaining = u32::try_from((self.period() - used).max(0) / self.each()).unwrap_or(u32::MAX);
        Allowance { count: self.count, seconds: self.seconds, remaining, reset: seconds(used), exceeded: false }
    }
}
