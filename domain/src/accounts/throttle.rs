//! How often is too often. Nothing is kept of names and addresses that fail: each falls, by a hash whose key this process
//! alone has, into one of a fixed number of places, so that no flood of them can take memory or push others out.

mod counter;
mod rate;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use counter::Allowance;
use counter::{Counter, RequestCounter};
pub use rate::{Limits, Rate};

use super::Account;
use crate::{Error, Randomness, Timestamp};

/// Of how many accounts and addresses is remembered that they belong together.
const PROVED: usize = 10_000;
/// How many attempts beyond a rate may wait for being looked at, one at a time.
const LINE: usize = 4;

/// The counters of a process.
#[derive(Debug)]
pub(super) struct Throttles {
    accounts: Counter,
    addresses: Counter,
    sign_ups: Counter,
    requests: RequestCounter,
    /// From where accounts have proved themselves: what others do elsewhere does not slow those down.
    proved: Cache<Vec<u8>, ()>,
    line: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

/// An attempt to log in. It counts as failed from its beginning, so that of many at once no more are within a rate than
/// one after the other; what does not fail is taken back. Beyond a rate it holds the one place where such attempts are
/// looked at.
pub(super) struct Attempt<'a> {
    throttles: &'a Throttles,
    account: Vec<u8>,
    address: Option<Vec<u8>>,
    from_here: Vec<u8>,
    counted: (i64, i64),
    exceeded: Option<u32>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Throttles {
    pub(super) fn new(limits: &Limits, randomness: &Randomness) -> Result<Self, Error> {
        Ok(Self {
            accounts: Counter::new(limits.login_failures_per_account, randomness)?,
            addresses: Counter::new(limits.login_failures_per_address, randomness)?,
            sign_ups: Counter::new(limits.sign_ups_per_address, randomness)?,
            requests: RequestCounter::new(limits.requests_per_account),
            proved: Cache::new(PROVED),
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
        let by_account = self.accounts.exceeded(&account, now);
        let from_here = [account.as_slice(), b"@", address.as_deref().unwrap_or_default()].concat();
        let exceeded = by_account.filter(|_| self.proved.get(&from_here).is_none()).max(by_address);
        let place = match exceeded {
            None => None,
            Some(seconds) => Some(self.wait().await.ok_or_else(|| too_many_failures(seconds))?),
        };
        let by_address = address.as_ref().map_or(0, |address| self.addresses.count(address, now));
        let counted = (self.accounts.count(&account, now), by_address);
        Ok(Attempt { throttles: self, account, address, from_here, counted, exceeded, _place: place })
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
        self.requests.take(account.id, now)
    }
}

impl Attempt<'_> {
    /// That it was right.
    pub(super) fn succeeded(self) {
        self.throttles.proved.insert(self.from_here.clone(), ());
    }

    /// That it was wrong. Answers in how many seconds another may follow, where this one was beyond a rate.
    pub(super) fn failed(mut self) -> Option<u32> {
        self.counted = (0, 0);
        self.exceeded
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let (by_account, by_address) = self.counted;
        self.throttles.accounts.take_back(&self.account, by_account);
        if let Some(address) = &self.address {
            self.throttles.addresses.take_back(address, by_address);
        }
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
