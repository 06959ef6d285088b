//! Rate limits. Names and addresses are not stored: a hash, whose key only this process has, maps each to one of a
//! fixed number of slots, so that a flood of them can neither take memory nor evict others.

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

/// How many pairs of an account and an address that it authenticated from are remembered.
const PROVED: usize = 10_000;

/// The counters of a process.
#[derive(Debug)]
pub(super) struct Throttles {
    accounts: Counter,
    addresses: Counter,
    sign_ups: Counter,
    requests: RequestCounter,
    /// Addresses from which accounts have authenticated: failures from elsewhere do not slow those down.
    proved: Cache<Vec<u8>, ()>,
    /// Failures from those addresses, which have a rate of their own.
    from_proved: Counter,
}

/// A login attempt. It counts as failed from its start, so that concurrent attempts stay within the same rate as
/// sequential ones. Only a success or a `refund` takes that back: an attempt that the client aborts stays counted.
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

    /// Begins a login attempt. One beyond the rates is not refused, because it may come from the owner with the right
    /// password. Instead, such attempts run one at a time, and those from addresses beyond their own rate run after
    /// all others. A right password then succeeds, and a wrong one is told when to retry.
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

    /// Returns where failures of an account from an address are counted: with those from all other addresses, unless
    /// the account has authenticated from there.
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

    /// Counts a request of an account.
    pub(super) fn request(&self, account: &Account, now: Duration) -> Option<Allowance> {
        self.requests.take(account.id, now)
    }
}

impl Attempt<'_> {
    /// Returns the attempt's place in the scheduling of bcrypt.
    pub(super) fn turn(&self) -> &Turn {
        &self.turn
    }

    /// Returns in how many seconds the next attempt may follow, if this one is beyond a rate.
    pub(super) fn exceeded(&self) -> Option<u32> {
        self.exceeded
    }

    /// Records that the password was right.
    pub(super) fn succeeded(self) {
        self.throttles.proved.insert(self.from_here.clone(), ());
        self.refund();
    }

    /// Takes the count back, because the password was not checked for a reason that is not the client's, or was
    /// right.
    pub(super) fn refund(self) {
        let (by_account, by_address) = self.counted;
        let (accounts, place) = self.throttles.of_account(self.proved, &self.turn, &self.from_here);
        accounts.take_back(place, by_account);
        self.throttles.addresses.take_back(&self.turn.address, by_address);
    }
}

/// Returns the scheduling of password work for this account, within all rates.
pub(super) fn turn(name: &str, address: Option<IpAddr>) -> Turn {
    Turn {
        address: address.map(network).unwrap_or_default(),
        account: name.to_ascii_lowercase().into_bytes(),
        ..Turn::default()
    }
}

/// Returns the error for too many failed logins, with the seconds until the next attempt.
pub(super) fn too_many_failures(seconds: u32) -> Error {
    Error::TooMany("too many failed logins to this account or from your address", seconds)
}

/// Returns the network of an address: for IPv6 the /64, all of which one client usually has (RFC 6177).
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}
