//! Spaces out the requests of a busy client subnet while other clients are active, so that a crowd at one address leaves
//! processor time to everyone else. This is the generic cell rate algorithm (GCRA), with a bounded delay instead of a
//! refusal.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a request costs on one processor: 500 requests a second of one subnet for each processor.
const REQUEST: Duration = Duration::from_millis(2);
/// Each such piece of a response costs as much as a request.
const PIECE: usize = 16 * 1024;
/// A subnet may run ahead of its rate by so much.
const BURST: Duration = Duration::from_millis(100);
/// The longest delay of one request.
const LONGEST: Duration = Duration::from_secs(2);

/// The theoretical arrival time of the next request of each subnet that is ahead of its rate.
#[derive(Debug)]
pub(super) struct Spacing {
    step: Duration,
    next: Mutex<HashMap<IpAddr, Instant>>,
}

impl Spacing {
    /// Creates the spacing for a machine with so many processors.
    pub(super) fn new(processors: u32) -> Self {
        Self { step: REQUEST / processors.max(1), next: Mutex::default() }
    }

    /// Charges a subnet for a request and returns how long to delay it.
    pub(super) fn delay(&self, subnet: IpAddr, now: Instant) -> Duration {
        let (mut next, latest) = (self.next(), now + BURST + LONGEST);
        let at = next.entry(subnet).or_insert(now);
        *at = (*at).clamp(now, latest) + self.step;
        at.duration_since(now).saturating_sub(BURST).min(LONGEST)
    }

    /// Charges a subnet for a response of so many bytes.
    pub(super) fn charge(&self, subnet: IpAddr, bytes: usize, now: Instant) {
        let pieces = u32::try_from(bytes / PIECE).unwrap_or(u32::MAX);
        if pieces > 0 {
            let mut next = self.next();
            let at = next.entry(subnet).or_insert(now);
            *at = (*at).max(now) + self.step.saturating_mul(pieces);
        }
    }

    /// Forgets the subnets that are within their rate.
    pub(super) fn forget(&self, now: Instant) {
        self.next().retain(|_, at| *at > now);
    }

    fn next(&self) -> MutexGuard<'_, HashMap<IpAddr, Instant>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    #[test]
    fn a_crowd_is_delayed_and_another_subnet_is_not() {
        let (spacing, now) = (Spacing::new(2), Instant::now());
        let [crowd, other] = [1, 2].map(|end| IpAddr::from([127, 0, 0, end]));
        let delays: Vec<_> = (0..4_000).map(|_| spacing.delay(crowd, now)).collect();
        assert_eq!((delays[99], delays[100], delays[101]), (Duration::ZERO, MILLI, 2 * MILLI));
        assert_eq!((delays[2_099], delays[3_999]), (LONGEST, LONGEST));
        assert_eq!(spacing.delay(other, now), Duration::ZERO);
        // The debt of a crowd is bounded, and is forgotten when its time is over.
        let later = now + BURST + LONGEST + MILLI;
        spacing.forget(later);
        assert!(spacing.next().is_empty());
        assert_eq!(spacing.delay(crowd, later), Duration::ZERO);
    }

    #[test]
    fn long_responses_cost_more() {
        let (spacing, now) = (Spacing::new(2), Instant::now());
        let subnet = IpAddr::from([127, 0, 0, 1]);
        spacing.charge(subnet, PIECE - 1, now);
        assert!(spacing.next().is_empty());
        spacing.charge(subnet, 150 * PIECE, now);
        assert_eq!(spacing.delay(subnet, now), 51 * MILLI);
    }
}
