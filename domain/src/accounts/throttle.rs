//! How often is too often. Nothing is kept of names and addresses: each falls, by a hash whose key this process alone
//! has, into one of a fixed number of places, so that no flood of them can take memory or push others out.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use ring::hmac;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Account;
use crate::{Error, Randomness, Timestamp};

/// So many in so much time, regained evenly; none means without bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(Option<Bound>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bound {
    count: u32,
    seconds: u32,
}

impl FromStr for Rate {
    type Err = String;

    /// `off`, or a count and a time: `10/300` or `10/300s`, `10/5m`, `10/1h`.
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
            format!("\"{text}\" is not a rate: a count and a time of at most a day, such as 10/5m, or off")
        })
    }
}

/// How often what may be done.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Failed logins to one account.
    pub login_failures_per_account: Rate,
    /// Failed logins from one address, to whichever accounts.
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
            // More than one machine serves: a bound for what runs wild. Who has strangers as users sets a lower one.
            requests_per_account: rate(3_000_000, 300),
        }
    }
}

/// What is left of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How many there are in all.
    pub count: u32,
    /// In how many seconds.
    pub seconds: u32,
    /// How many are left now.
    pub remaining: u32,
    /// In how many seconds there are all of them again; where none is left for this one, in how many there is one.
    pub reset: u32,
    exceeded: bool,
}

impl Allowance {
    /// Lets what was counted go on.
    ///
    /// # Errors
    /// `TooMany` where it was beyond the rate.
    pub fn admit(self) -> Result<(), Error> {
        if self.exceeded { Err(Error::TooMany("too many requests of your account", self.reset)) } else { Ok(()) }
    }
}

const PLACES: usize = 1 << 14;
/// How many attempts beyond a rate may wait for being looked at, one at a time.
const LINE: usize = 4;

/// The counters of a process.
#[derive(Debug)]
pub(super) struct Throttles {
    accounts: Counter,
    addresses: Counter,
    sign_ups: Counter,
    requests: Counter,
    line: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

/// An attempt to log in. Beyond a rate it holds the one place where such attempts are looked at.
pub(super) struct Attempt<'a> {
    throttles: &'a Throttles,
    account: Vec<u8>,
    address: Option<Vec<u8>>,
    exceeded: Option<u32>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Throttles {
    pub(super) fn new(limits: &Limits, randomness: &Randomness) -> Result<Self, Error> {
        Ok(Self {
            accounts: Counter::new(limits.login_failures_per_account, randomness)?,
            addresses: Counter::new(limits.login_failures_per_address, randomness)?,
            sign_ups: Counter::new(limits.sign_ups_per_address, randomness)?,
            requests: Counter::new(limits.requests_per_account, randomness)?,
            line: Arc::new(Semaphore::new(1)),
            waiting: Arc::default(),
        })
    }

    /// Lets an attempt to log in begin. One beyond the rates is not refused, for it may be the owner's, with the right
    /// password; but such are looked at one after the other, so that guessing is as slow as one bcrypt after the
    /// other, and takes little from others. What is right is right then, and what is wrong is told to come later.
    ///
    /// # Errors
    /// `TooMany` where too many of them wait.
    pub(super) async fn attempt(
        &self,
        name: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt<'_>, Error> {
        let account = name.to_ascii_lowercase().into_bytes();
        let address = address.map(network);
        let by_address = address.as_ref().and_then(|address| self.addresses.exceeded(address, now));
        let exceeded = self.accounts.exceeded(&account, now).max(by_address);
        let place = match exceeded {
            None => None,
            Some(seconds) => Some(self.wait().await.ok_or_else(|| too_many_failures(seconds))?),
        };
        Ok(Attempt { throttles: self, account, address, exceeded, _place: place })
    }

    async fn wait(&self) -> Option<OwnedSemaphorePermit> {
        let waiting = Waiting::enter(&self.waiting)?;
        let place = Arc::clone(&self.line).acquire_owned().await.ok();
        drop(waiting);
        place
    }

    /// Counts a sign-up.
    ///
    /// # Errors
    /// `TooMany`.
    pub(super) fn sign_up(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), Error> {
        let Some(address) = address else { return Ok(()) };
        match self.sign_ups.take(&network(address), now) {
            Some(Allowance { exceeded: true, reset, .. }) => {
                Err(Error::TooMany("too many sign-ups from your address", reset))
            }
            _ => Ok(()),
        }
    }

    /// Counts a request.
    pub(super) fn request(&self, account: &Account, now: Timestamp) -> Option<Allowance> {
        self.requests.take(&account.id.number().to_be_bytes(), now)
    }
}

impl Attempt<'_> {
    /// That it was wrong. Answers in how many seconds another may follow, where this one was beyond a rate.
    pub(super) fn failed(self, now: Timestamp) -> Option<u32> {
        self.throttles.accounts.count(&self.account, now);
        if let Some(address) = &self.address {
            self.throttles.addresses.count(address, now);
        }
        self.exceeded
    }
}

/// That there were too many failed logins, and in how many seconds another may follow.
pub(super) fn too_many_failures(seconds: u32) -> Error {
    Error::TooMany("too many failed logins to this account or from your address", seconds)
}

/// One who waits, also where he gives up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(waiting: &'a AtomicUsize) -> Option<Self> {
        let entered = waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |all| (all < LINE).then_some(all + 1));
        entered.is_ok().then(|| Self(waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Who has an IPv6 address has a whole /64 of them (RFC 6177).
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

/// Counts by the generic cell rate algorithm (ITU-T I.371, annex A): a place holds when it would be empty.
#[derive(Debug)]
struct Counter {
    rate: Rate,
    key: hmac::Key,
    empty_at: Vec<AtomicI64>,
}

impl Counter {
    fn new(rate: Rate, randomness: &Randomness) -> Result<Self, Error> {
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

    /// In how many seconds one more is within the rate, where it is not now.
    fn exceeded(&self, of: &[u8], now: Timestamp) -> Option<u32> {
        let (bound, empty_at) = self.place(of)?;
        bound.wait(empty_at.load(Ordering::Relaxed), now)
    }

    /// Counts one, whether it is within the rate or not; never beyond what one period takes back.
    fn count(&self, of: &[u8], now: Timestamp) {
        let Some((bound, empty_at)) = self.place(of) else { return };
        let add = |at: i64| Some((at.max(micros(now)) + bound.each()).min(micros(now) + bound.period()));
        let _ = empty_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Counts one if it is within the rate.
    fn take(&self, of: &[u8], now: Timestamp) -> Option<Allowance> {
        let (bound, empty_at) = self.place(of)?;
        let add = |at: i64| bound.wait(at, now).is_none().then(|| at.max(micros(now)) + bound.each());
        Some(match empty_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add) {
            Ok(before) => bound.left(before.max(micros(now)) + bound.each(), now),
            Err(full) => Allowance {
                count: bound.count,
                seconds: bound.seconds,
                remaining: 0,
                reset: bound.wait(full, now).unwrap_or(1),
                exceeded: true,
            },
        })
    }
}

fn micros(time: Timestamp) -> i64 {
    time.millis() * 1_000
}

/// Whole seconds, upwards.
fn seconds(micros: i64) -> u32 {
    u32::try_from((micros + 999_999) / 1_000_000).unwrap_or(u32::MAX)
}

impl Bound {
    /// In microseconds, as all times of a counter are.
    fn period(self) -> i64 {
        i64::from(self.seconds) * 1_000_000
    }

    /// How long one of the count lasts.
    fn each(self) -> i64 {
        (self.period() / i64::from(self.count)).max(1)
    }

    fn wait(self, empty_at: i64, now: Timestamp) -> Option<u32> {
        let over = empty_at + self.each() - micros(now) - self.period();
        (over > 0).then(|| seconds(over))
    }

    fn left(self, empty_at: i64, now: Timestamp) -> Allowance {
        let used = (empty_at - micros(now)).max(0);
        let remaining = u32::try_from((self.period() - used).max(0) / self.each()).unwrap_or(u32::MAX);
        Allowance { count: self.count, seconds: self.seconds, remaining, reset: seconds(used), exceeded: false }
    }
}
