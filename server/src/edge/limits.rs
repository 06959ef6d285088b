//! How much is taken in at a time: what is beyond is refused at once, so that what is taken in stays fast.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::{Semaphore, SemaphorePermit};
use twclone_domain::Error;
use twclone_domain::accounts::Rate;

use super::shares::household;
use crate::problem::Problem;

/// How often it is told how many were refused.
const TELLING: Duration = Duration::from_secs(1);
/// How often addresses that have all of their rate again are forgotten.
const FORGETTING: Duration = Duration::from_mins(1);

type Addresses = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, MonotonicClock, NoOpMiddleware<std::time::Instant>>;

/// For so long a request waits at most.
const WAITING: Duration = Duration::from_millis(400);

/// In how many seconds those who are refused come again at the latest, or up to twice as many: after ten seconds all is as
/// before.
const LATEST: u64 = 5;

/// How much of bodies is held at a time, in bytes, before there is room for their requests and while they run.
const BODIES: usize = 64 * 1024 * 1024;

/// That there is no room for a request, and in how many seconds it may come again.
#[derive(Debug)]
pub(super) struct Busy(u64);

impl From<Busy> for Problem {
    fn from(Busy(seconds): Busy) -> Self {
        Self::busy(seconds)
    }
}

/// How many requests run at a time, and how many an address may send.
#[derive(Debug)]
pub(crate) struct Limits {
    running: Semaphore,
    /// Those who run, and those who wait.
    inside: Semaphore,
    bodies: Semaphore,
    most: usize,
    refused: AtomicU64,
    /// In how many seconds those who are refused may come again, or up to twice as many.
    later: AtomicU64,
    addresses: Option<Addresses>,
}

impl Limits {
    pub(crate) fn new(most: usize, per_address: Rate) -> Self {
        let quota = per_address.bound().and_then(|(count, seconds)| {
            let count = NonZeroU32::new(count)?;
            Some(Quota::with_period(Duration::from_secs(seconds.into()) / count.get())?.allow_burst(count))
        });
        let addresses = quota.map(|quota| RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock));
        let (running, inside) = (Semaphore::new(most), Semaphore::new(most + most / 2));
        let bodies = Semaphore::new(BODIES);
        Self { running, inside, bodies, most, refused: AtomicU64::new(0), later: AtomicU64::new(1), addresses }
    }

    /// Room for so many bytes of a body.
    ///
    /// # Errors
    /// `Busy` where others take all of it.
    pub(super) fn hold(&self, bytes: usize) -> Result<SemaphorePermit<'_>, Busy> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.bodies.try_acquire_many(bytes).map_err(|_| self.refuse())
    }

    fn refuse(&self) -> Busy {
        // Not all in the same moment.
        let (place, later) = (self.refused.fetch_add(1, Ordering::Relaxed), self.later.load(Ordering::Relaxed));
        Busy(later + place % (later + 1))
    }

    /// Lets a request in, when it is its turn: half as many as run may wait, so that there is work whenever something is
    /// done.
    ///
    /// # Errors
    /// `Busy` at once where too many are in already; also where it waited for too long, as behind a store that hangs.
    pub(super) async fn enter(&self) -> Result<[SemaphorePermit<'_>; 2], Busy> {
        // One count for both: who has been called, and has not heard it yet, takes no second place.
        let inside = self.inside.try_acquire().map_err(|_| self.refuse())?;
        match tokio::time::timeout(WAITING, self.running.acquire()).await {
            Ok(Ok(running)) => Ok([inside, running]),
            Ok(Err(_)) | Err(_) => Err(self.refuse()),
        }
    }

    /// Tells how many were refused, for ever; and lets them come the later the more they are, or to refuse them would be
    /// what there is most to do.
    pub(super) async fn tell(&self) {
        loop {
            tokio::time::sleep(TELLING).await;
            let refused = self.refused.swap(0, Ordering::Relaxed);
            let callers = refused * self.later.load(Ordering::Relaxed);
            self.later.store((callers / self.most as u64).clamp(1, LATEST), Ordering::Relaxed);
            if refused > 0 {
                tracing::warn!(refused, at_a_time = self.most, "more requests than are let in at a time");
            }
        }
    }

    /// How many run.
    pub(super) fn running(&self) -> usize {
        self.most.saturating_sub(self.running.available_permits())
    }

    /// Counts a request of an address.
    ///
    /// # Errors
    /// `TooMany` where it has sent too many.
    pub(super) fn count(&self, client: IpAddr) -> Result<(), Error> {
        let Some(addresses) = &self.addresses else { return Ok(()) };
        addresses.check_key(&household(client)).map_err(|until| {
            let seconds = until.wait_time_from(MonotonicClock.now()).as_secs() + 1;
            Error::TooMany("too many requests from your address", u32::try_from(seconds).unwrap_or(u32::MAX))
        })
    }

    /// Forgets addresses that have all of their rate again, for ever.
    pub(super) async fn forget(&self) {
        loop {
            tokio::time::sleep(FORGETTING).await;
            if let Some(addresses) = &self.addresses {
                addresses.retain_recent();
            }
        }
    }
}
