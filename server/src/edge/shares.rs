//! Limits how much of a resource is taken, in total and by each client subnet. No subnet gets more than half, so that
//! none can take everything.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A resource of limited amount.
#[derive(Debug)]
pub(super) struct Shares {
    most: usize,
    most_of_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    of_address: HashMap<IpAddr, usize>,
}

/// What a client subnet has taken. Dropping this returns it.
#[derive(Debug)]
pub(super) struct Share {
    shares: Arc<Shares>,
    address: IpAddr,
    amount: usize,
}

impl Shares {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_address: half(most), taken: Mutex::default() })
    }

    /// Takes an amount for an address, if it is available and the address's subnet would not exceed half.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr, amount: usize) -> Option<Share> {
        let mut share = Share { shares: Arc::clone(self), address: client_subnet(address), amount: 0 };
        share.add(amount).then_some(share)
    }

    /// Takes an amount for a proxy. It may take everything, because it serves many clients.
    pub(super) fn take_for_proxy(self: &Arc<Self>, address: IpAddr, amount: usize) -> Option<Share> {
        let mut share = Share { shares: Arc::clone(self), address: client_subnet(address), amount: 0 };
        share.add_up_to(amount, self.most).then_some(share)
    }

    /// Returns whether an address could take this amount without exceeding half. Does not check the total.
    pub(super) fn has_room(&self, address: IpAddr, amount: usize) -> bool {
        let taken = self.taken();
        // If this is within the limit for all subnets together, it is for one.
        if taken.all + amount <= self.most_of_address {
            return true;
        }
        let of_address = taken.of_address.get(&client_subnet(address)).copied().unwrap_or(0);
        of_address + amount <= self.most_of_address
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Takes more, and returns whether it was available.
    pub(super) fn add(&mut self, amount: usize) -> bool {
        self.add_up_to(amount, self.shares.most_of_address)
    }

    /// Returns how much was taken.
    pub(super) fn amount(&self) -> usize {
        self.amount
    }

    fn add_up_to(&mut self, amount: usize, most_of_address: usize) -> bool {
        let mut taken = self.shares.taken();
        let of_address = taken.of_address.get(&self.address).copied().unwrap_or(0);
        if taken.all + amount > self.shares.most || of_address + amount > most_of_address {
            return false;
        }
        taken.all += amount;
        taken.of_address.insert(self.address, of_address + amount);
        self.amount += amount;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.amount == 0 {
            return;
        }
        let mut taken = self.shares.taken();
        taken.all -= self.amount;
        if let Some(of_address) = taken.of_address.get_mut(&self.address) {
            *of_address -= self.amount;
            if *of_address == 0 {
                taken.of_address.remove(&self.address);
            }
        }
    }
}

/// Returns how much one client subnet may have: half, rounded up.
pub(super) fn half(most: usize) -> usize {
    most.div_ceil(2)
}

/// Returns the address, or the /64 of an IPv6 address, because its owner usually has all of that.
pub(super) fn client_subnet(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}
