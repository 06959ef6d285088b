//! The requests that are let in: of those who run and of those who wait, one address has half at most.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::shares::half;

/// Those who run, and those who wait.
#[derive(Debug)]
pub(super) struct Inside {
    most: usize,
    /// How many of one address run at a time.
    running: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    addresses: HashMap<IpAddr, (usize, Arc<Semaphore>)>,
}

/// A place of one who runs or waits; it is free when this is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    inside: &'a Inside,
    address: IpAddr,
    running: Arc<Semaphore>,
}

impl Inside {
    /// So many are in at most, of whom so many of one address run at a time.
    pub(super) fn new(most: usize, running: usize) -> Self {
        Self { most, running, open: Mutex::default() }
    }

    /// A place, if there is one and the address does not have half of them.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place<'_>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = open.addresses.get(&address).map_or(0, |(count, _)| *count);
        if open.count >= self.most || of_address >= half(self.most) {
            return None;
        }
        open.count += 1;
        let fresh = || (0, Arc::new(Semaphore::new(self.running)));
        let (count, running) = open.addresses.entry(address).or_insert_with(fresh);
        *count += 1;
        Some(Place { inside: self, address, running: Arc::clone(running) })
    }
}

impl Place<'_> {
    /// Where those of its address wait for their turn.
    pub(super) fn running(&self) -> &Arc<Semaphore> {
        &self.running
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut open = self.inside.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.count -= 1;
        if let Some((count, _)) = open.addresses.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.addresses.remove(&self.address);
            }
        }
    }
}
