//! How much of something is taken, in all and by each address: no address gets more than half, so that the others
//! always find some.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Something of which there is so much.
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

/// What an address has taken; it is given back when this is dropped.
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

    /// Takes so much for an address, if there is so much in all and the address does not have half of it already.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr, amount: usize) -> Option<Share> {
        let mut share = Share { shares: Arc::clone(self), address: client_subnet(address), amount: 0 };
        share.add(amount).then_some(share)
    }

    /// Takes so much for a proxy, which stands for many: it may have all that there is.
    pub(super) fn take_for_proxy(self: &Arc<Self>, address: IpAddr, amount: usize) -> Option<Share> {
        let mut share = Share { shares: Arc::clone(self), address: client_subnet(address), amount: 0 };
        share.add_up_to(amount, self.most).then_some(share)
    }

    /// Whether an address could take so much.
    pub(super) fn has_room(&self, address: IpAddr, amount: usize) -> bool {
        let taken = self.taken();
        // Where all together have less, so does it.
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
    /// Takes more; whether there is so much.
    pub(super) fn add(&mut self, amount: usize) -> bool {
        self.add_up_to(amount, self.shares.most_of_address)
    }

    /// How much it is.
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

/// As much as one address may have of what there is; one at least, where there is any.
pub(super) fn half(most: usize) -> usize {
    most.div_ceil(2)
}

/// Whoever has an IPv6 address has all of its /64.
pub(super) fn client_subnet(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}
