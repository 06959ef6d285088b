//! How often is too often. Nothing is kept of names and addresses that fail: each falls, by a hash whose key this process
//! alone has, into one of a fixed number of places, so that no flood of them can take memory or push others out.

mod counter;
mod rate;

use std::net::IpAddr;
use std::time::Duration;

use quick_cache::sync::Cache;

pub use counter::Allowance;
use counter::{Counter, RequestCounter};
pub use rate::{Limits, Rate};

use super::Account;
use super::gate::Turn;
use crate::{Error, Randomness};

/// Of how many accounts and addresses is remembered that they belong together.
const PROVED: usize = 10_000;

/// The counters of a process.
#[derive(Debug)]
pub(super) struct Throttles {
    accounts: Counter,
    addresses: Counter,
    sign_ups: Counter,
    requests: RequestCounter,
    /// From where accounts have proved themselves: what others do elsewhere does not slow those down.
    proved: Cache<Vec<u8>, ()>,
    /// Failures from there, which have a rate of their own.
    from_proved: Counter,
}

/// An attempt to log in. It counts as failed from its beginning, so that of many at once no more are within a rate than
/// one after the other. Only `refund` takes that back: an attempt that its client aborts stays counted.
pub(super) struct Attempt<'a> {
    throttles: &'a Throttles,
    turn: Turn,
    from_here: Vec<u8>,
    proved: bool,
    counted: (i64, i64),
    exceeded: Option<u32>,
}

impl Throttles {
    pub(super) fn new(limits: &Limits, randomness: &Randomness) -> Result<Self, Error> {
        Ok(Self {
            accounts: Counter::new(limits.login_failures_per_account, randomness)?,
            addresses: Counter::new(limits.login_failures_per_address, randomness)?,
            sign_ups: Counter::new(limits.sign_ups_per_address, randomness)?,
            requests: RequestCounter::new(limits.requests_per_account),
            proved: Cache::new(PROVED),
            from_proved: Counter::new(limits.login_failures_per_account, randomness)?,
        })
    }

    /// Lets an attempt to log in begin. One beyond the rates is not refused, for it may be the owner's, with the right
    /// password; but such run one after the other, those from addresses beyond their own rate behind all others. What
    /// is right is right then, and what is wrong is told to come later.
    pub(super) fn attempt(&self, name: &str, address: Option<IpAddr>, now: Duration) -> Attempt<'_> {
        let mut turn = turn(name, address);
        let from_here = [turn.account.as_slice(), b"@", turn.address.as_slice()].concat();
        let proved = self.proved.get(&from_here).is_some();
        let (accounts, place) = self.of_account(proved, &turn, &from_here);
        let by_account = accounts.exceeded(place, now);
        let by_address = address.and_then(|_| self.addresses.exceeded(&turn.address, now));
        let count_address = || self.addresses.count(&turn.address, now);
        let counted = (accounts.count(place, now), address.map_or(0, |_| count_address()));
        let exceeded = by_account.max(by_address);
        (turn.late, turn.last) = (exceeded.is_some(), by_address.is_some());
        Attempt { throttles: self, turn, from_here, proved, counted, exceeded }
    }

    /// Where failures of an account from an address are counted: together with those from all other addresses, but for
    /// those from which it has proved itself.
    fn of_account<'a>(&'a self, proved: bool, turn: &'a Turn, from_here: &'a [u8]) -> (&'a Counter, &'a [u8]) {
        if proved { (&self.from_proved, from_here) } else { (&self.accounts, &turn.account) }
    }

    /// Counts a sign-up.
    ///
    /// # Errors
    /// `TooMany`.
    pub(super) fn sign_up(&self, address: Option<IpAddr>, now: Duration) -> Result<(), Error> {
        let Some(address) = address else { return Ok(()) };
        match self.sign_ups.take(&network(address), now) {
            Some(Allowance { exceeded: true, reset, .. }) => {
                Err(Error::TooMany("too many sign-ups from your address", reset))
            }
            _ => Ok(()),
        }
    }

    /// Counts a request.
    pub(super) fn request(&self, account: &Account, now: Duration) -> Option<Allowance> {
        self.requests.take(account.id, now)
    }
}

impl Attempt<'_> {
    /// Whose turn it is.
    pub(super) fn turn(&self) -> &Turn {
        &self.turn
    }

    /// In how many seconds another may follow, where this one is beyond a rate.
    pub(super) fn exceeded(&self) -> Option<u32> {
        self.exceeded
    }

    /// That it was right.
    pub(super) fn succeeded(self) {
        self.throttles.proved.insert(self.from_here.clone(), ());
        self.refund();
    }

    /// That it was not looked at, for a reason that is not the client's.
    pub(super) fn refund(self) {
        let (by_account, by_address) = self.counted;
        let (accounts, place) = self.throttles.of_account(self.proved, &self.turn, &self.from_here);
        accounts.take_back(place, by_account);
        self.throttles.addresses.take_back(&self.turn.address, by_address);
    }
}

/// Whose turn work with the password of this account is, within all rates.
pub(super) fn turn(name: &str, address: Option<IpAddr>) -> Turn {
    Turn {
        address: address.map(network).unwrap_or_default(),
        account: name.to_ascii_lowercase().into_bytes(),
        ..Turn::default()
    }
}

/// That there were too many failed logins, and in how many seconds another may follow.
pub(super) fn too_many_failures(seconds: u32) -> Error {
    Error::TooMany("too many failed logins to this account or from your address", seconds)
}

/// Who has an IPv6 address has a whole /64 of them (RFC 6177).
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}
