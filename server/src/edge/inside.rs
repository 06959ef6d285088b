//! The requests that are let in: of those who run and of those who wait, one address has half at most.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::shares::half;

/// An address that asked within this time asks still.
const ACTIVE: Duration = Duration::from_secs(1);

/// Those who run, and those who wait.
#[derive(Debug)]
pub(super) struct Inside {
    most: usize,
    /// How many of one address run at a time.
    running: usize,
    /// How many do so while others ask, too: what runs takes turns at the processors, and each more makes others wait.
    beside_others: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    addresses: HashMap<IpAddr, Of>,
    /// The two that asked last, and when.
    last: [Option<(IpAddr, Instant)>; 2],
}

/// Those of one address.
#[derive(Debug)]
struct Of {
    count: usize,
    running: Arc<Semaphore>,
    beside_others: Arc<Semaphore>,
}

/// A place of one who runs or waits; it is free when this is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    inside: &'a Inside,
    address: IpAddr,
    turns: Arc<Semaphore>,
}

impl Inside {
    /// So many are in at most, of whom so many of one address run at a time, and so many while others ask.
    pub(super) fn new(most: usize, running: usize, beside_others: usize) -> Self {
        Self { most, running, beside_others, open: Mutex::default() }
    }

    /// Records that an address is active.
    pub(super) fn note(&self, address: IpAddr, now: Instant) {
        self.open().note(address, now);
    }

    /// Returns whether another address is active, too.
    pub(super) fn is_beside_others(&self, address: IpAddr, now: Instant) -> bool {
        self.open().is_beside_others(address, now)
    }

    /// A place, if there is one and the address does not have half of them.
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
    /// Where those of its address wait for their turn.
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
