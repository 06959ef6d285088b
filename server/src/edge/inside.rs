//! The places for admitted requests, running or waiting. One client subnet gets at most half of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::shares::half;

/// How long a client subnet counts as active after a request.
const ACTIVE: Duration = Duration::from_secs(1);

/// The places for running and waiting requests.
#[derive(Debug)]
pub(super) struct Inside {
    most: usize,
    /// How many requests of one subnet run at a time.
    running: usize,
    /// The same while other subnets are active: running requests share the processors, so each more delays the
    /// others.
    beside_others: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    addresses: HashMap<IpAddr, Of>,
    /// The two most recently active subnets, and when they were.
    last: [Option<(IpAddr, Instant)>; 2],
}

/// The requests of one subnet.
#[derive(Debug)]
struct Of {
    count: usize,
    running: Arc<Semaphore>,
    beside_others: Arc<Semaphore>,
}

/// A place for a running or waiting request. Dropping this frees it.
#[derive(Debug)]
pub(super) struct Place<'a> {
    inside: &'a Inside,
    address: IpAddr,
    turns: Arc<Semaphore>,
}

impl Inside {
    /// Creates `most` places. Of one subnet, `running` requests run at a time, or `beside_others` while others are
    /// active.
    pub(super) fn new(most: usize, running: usize, beside_others: usize) -> Self {
        Self { most, running, beside_others, open: Mutex::default() }
    }

    /// Records that a subnet is active.
    pub(super) fn note(&self, address: IpAddr, now: Instant) {
        self.open().note(address, now);
    }

    /// Returns whether another subnet is active, too.
    pub(super) fn is_beside_others(&self, address: IpAddr, now: Instant) -> bool {
        self.open().is_beside_others(address, now)
    }

    /// Returns a place, if one is free and the subnet does not have half of them.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place<'_>> {
        let mut open = self.open();
        let is_beside_others = open.is_beside_others(address, Instant::now());
        let of_address = open.addresses.get(&address).map_or(0, |of| of.count);
        if open.count >= self.most || of_address >= half(self.most) {
            return None;
        }
        open.count += 1;
        let turns = |count| Arc::new(Semaphore::new(count));
        let fresh = || Of { count: 0, running: turns(self.running), beside_others: turns(self.beside_others) };
        let of = open.addresses.entry(address).or_insert_with(fresh);
        of.count += 1;
        let turns = if is_beside_others { &of.beside_others } else { &of.running };
        Some(Place { inside: self, address, turns: Arc::clone(turns) })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn note(&mut self, address: IpAddr, now: Instant) {
        if self.last[0].is_none_or(|(last, _)| last != address) {
            self.last.swap(0, 1);
        }
        self.last[0] = Some((address, now));
    }

    fn is_beside_others(&self, address: IpAddr, now: Instant) -> bool {
        self.last.iter().flatten().any(|(other, at)| *other != address && now.duration_since(*at) < ACTIVE)
    }
}

impl Place<'_> {
    /// Returns the semaphore at which the requests of the subnet wait for their turn.
    pub(super) fn turns(&self) -> &Arc<Semaphore> {
        &self.turns
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut open = self.inside.open();
        open.count -= 1;
        if let Some(of) = open.addresses.get_mut(&self.address) {
            of.count -= 1;
            if of.count == 0 {
                open.addresses.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_fewer_turns_while_another_asks() {
        let (inside, [one, other]) = (Inside::new(100, 20, 4), [1, 2].map(|end| IpAddr::from([127, 0, 0, end])));
        let turns = |address| {
            inside.note(address, Instant::now());
            inside.enter(address).unwrap().turns().available_permits()
        };
        assert_eq!((turns(one), turns(one)), (20, 20));
        assert_eq!((turns(other), turns(one), turns(one)), (4, 4, 4));
    }
}
