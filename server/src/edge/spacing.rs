//! Spaces out the requests of a busy client subnet while other clients are active, so that a crowd at one address
//! leaves processor time to everyone else. This is the generic cell rate algorithm (GCRA), with a bounded delay
//! instead of a refusal.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A subnet with at most this many requests in flight is not delayed: it cannot keep the processors busy.
const CROWD: u32 = 16;
/// Nor is one that has at most this part of all requests: many busy subnets are a busy server, which refuses what is too
/// much.
const PART: u32 = 4;
/// What a request costs on one processor: 500 requests a second of one subnet for each processor.
const REQUEST: Duration = Duration::from_millis(2);
/// Each piece of a response with this many bytes costs as much as a request.
const PIECE: usize = 8 * 1024;
/// How far a subnet may run ahead of its rate.
const BURST: Duration = Duration::from_millis(100);
/// The longest delay of one request.
const LONGEST: Duration = Duration::from_secs(2);

/// The load of each client subnet.
#[derive(Debug)]
pub(super) struct Spacing {
    step: Duration,
    subnets: Mutex<Subnets>,
}

#[derive(Debug, Default)]
struct Subnets {
    /// How many requests are in flight.
    in_flight: u32,
    by_address: HashMap<IpAddr, Subnet>,
}

#[derive(Debug)]
struct Subnet {
    /// How many of its requests are in flight.
    in_flight: u32,
    /// The theoretical arrival time of its next request.
    next: Instant,
}

/// A request in flight, until this is dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    spacing: Arc<Spacing>,
    subnet: IpAddr,
}

impl Spacing {
    /// Creates the spacing for a machine with this many processors.
    pub(super) fn new(processors: u32) -> Arc<Self> {
        Arc::new(Self { step: REQUEST / processors.max(1), subnets: Mutex::default() })
    }

    /// Counts a request of a subnet.
    pub(super) fn begin(self: &Arc<Self>, subnet: IpAddr, now: Instant) -> InFlight {
        let mut subnets = self.subnets();
        subnets.in_flight += 1;
        subnets.by_address.entry(subnet).or_insert(Subnet { in_flight: 0, next: now }).in_flight += 1;
        drop(subnets);
        InFlight { spacing: Arc::clone(self), subnet }
    }

    /// Forgets the subnets that are within their rate and have no request in flight.
    pub(super) fn forget(&self, now: Instant) {
        self.subnets().by_address.retain(|_, subnet| subnet.in_flight > 0 || subnet.next > now);
    }

    fn subnets(&self) -> MutexGuard<'_, Subnets> {
        self.subnets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InFlight {
    /// Charges the subnet for this request and returns how long to delay it.
    pub(super) fn delay(&self, now: Instant) -> Duration {
        self.crowd(|subnet| {
            subnet.next = subnet.next.clamp(now, now + BURST + LONGEST) + self.spacing.step;
            subnet.next.duration_since(now).saturating_sub(BURST).min(LONGEST)
        })
    }

    /// Charges the subnet for the bytes of a response.
    pub(super) fn charge(&self, bytes: usize, now: Instant) {
        let pieces = u32::try_from(bytes / PIECE).unwrap_or(u32::MAX);
        self.crowd(|subnet| subnet.next = subnet.next.max(now) + self.spacing.step.saturating_mul(pieces));
    }

    fn crowd<T: Default>(&self, change: impl FnOnce(&mut Subnet) -> T) -> T {
        let mut subnets = self.spacing.subnets();
        let most = CROWD.max(subnets.in_flight / PART);
        let subnet = subnets.by_address.get_mut(&self.subnet);
        subnet.filter(|subnet| subnet.in_flight > most).map(change).unwrap_or_default()
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut subnets = self.spacing.subnets();
        subnets.in_flight -= 1;
        if let Some(subnet) = subnets.by_address.get_mut(&self.subnet) {
            subnet.in_flight -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(1);

    #[test]
    fn a_crowd_is_delayed_and_no_other_subnet_is() {
        let (spacing, now) = (Spacing::new(2), Instant::now());
        let [crowd, other] = [1, 2].map(|end| IpAddr::from([127, 0, 0, end]));
        let mut in_flight: Vec<_> = (0..CROWD).map(|_| spacing.begin(crowd, now)).collect();
        assert!((0..10_000).all(|_| in_flight[0].delay(now).is_zero()));
        in_flight.push(spacing.begin(crowd, now));
        let delays: Vec<_> = (0..4_000).map(|_| in_flight[0].delay(now)).collect();
        assert_eq!((delays[99], delays[100], delays[101]), (Duration::ZERO, STEP, 2 * STEP));
        assert_eq!((delays[2_099], delays[3_999]), (LONGEST, LONGEST));
        assert_eq!(spacing.begin(other, now).delay(now), Duration::ZERO);
        // The debt of a crowd is bounded, and is forgotten when its time is over.
        drop(in_flight);
        let later = now + BURST + LONGEST + STEP;
        spacing.forget(now);
        assert_eq!(spacing.subnets().by_address.len(), 1);
        spacing.forget(later);
        assert!(spacing.subnets().by_address.is_empty());
    }

    #[test]
    fn no_subnet_is_delayed_where_many_are_busy() {
        let (spacing, now) = (Spacing::new(2), Instant::now());
        let subnets = [1, 2, 3, 4].map(|end| IpAddr::from([127, 0, 0, end]));
        let in_flight: Vec<_> =
            subnets.iter().flat_map(|subnet| (0..2 * CROWD).map(|_| spacing.begin(*subnet, now))).collect();
        assert!((0..10_000).all(|_| in_flight[0].delay(now).is_zero()));
        let _one_more = spacing.begin(subnets[0], now);
        assert!((0..10_000).any(|_| !in_flight[0].delay(now).is_zero()));
    }

    #[test]
    fn long_responses_cost_more() {
        let (spacing, now) = (Spacing::new(2), Instant::now());
        let subnet = IpAddr::from([127, 0, 0, 1]);
        let in_flight: Vec<_> = (0..=CROWD).map(|_| spacing.begin(subnet, now)).collect();
        in_flight[0].charge(PIECE - 1, now);
        assert_eq!(in_flight[0].delay(now), Duration::ZERO);
        in_flight[0].charge(150 * PIECE, now);
        assert_eq!(in_flight[0].delay(now), 52 * STEP);
    }
}
