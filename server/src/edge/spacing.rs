//! What the edge answers by itself costs little each time, but a crowd that is answered at once asks again at once. So an
//! address gets such answers one after the other, at a bounded rate.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time between two such answers to one address: 500 a second.
const STEP: Duration = Duration::from_millis(2);
/// So many of them need not wait for the ones before.
const AT_ONCE: u32 = 100;
/// No answer waits longer than this.
const LONGEST: Duration = Duration::from_secs(2);

/// For each address, until when its answers so far would have taken, one after the other.
#[derive(Debug, Default)]
pub(super) struct Spacing(Mutex<HashMap<IpAddr, Instant>>);

impl Spacing {
    /// How long the next answer to an address has to wait.
    pub(super) fn delay(&self, address: IpAddr, now: Instant) -> Duration {
        let mut addresses = self.addresses();
        let until = addresses.entry(address).or_insert(now);
        *until = (*until + STEP).clamp(now + STEP, now + AT_ONCE * STEP + LONGEST);
        until.duration_since(now).saturating_sub(AT_ONCE * STEP)
    }

    /// Forgets the addresses whose next answer need not wait.
    pub(super) fn forget(&self, now: Instant) {
        self.addresses().retain(|_, until| *until > now);
    }

    fn addresses(&self) -> MutexGuard<'_, HashMap<IpAddr, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_waits_and_nobody_else_does() {
        let (spacing, now) = (Spacing::default(), Instant::now());
        let [crowd, other] = [1, 2].map(|end| IpAddr::from([127, 0, 0, end]));
        let delays: Vec<_> = (0..2_000).map(|_| spacing.delay(crowd, now)).collect();
        assert_eq!(delays[99], Duration::ZERO);
        assert_eq!((delays[100], delays[101]), (STEP, 2 * STEP));
        assert_eq!((delays[1_100], delays[1_999]), (LONGEST, LONGEST));
        assert_eq!(spacing.delay(other, now), Duration::ZERO);
        // What is behind it after a while, a crowd has to wait for no more.
        let later = now + AT_ONCE * STEP + LONGEST;
        spacing.forget(later);
        assert_eq!(spacing.addresses().len(), 0);
        assert_eq!(spacing.delay(crowd, later), Duration::ZERO);
    }
}
