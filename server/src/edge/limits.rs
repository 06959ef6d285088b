//! How much is taken in at a time: what is beyond is refused at once, so that what is taken in stays fast.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use twclone_domain::Error;
use twclone_domain::accounts::Rate;

use super::inside::{Inside, Place};
use super::shares::{Share, Shares, client_subnet, half};
use super::spacing::{InFlight, Spacing};
use crate::problem::Problem;

/// How often it is told how many were refused.
const TELLING: Duration = Duration::from_secs(1);
/// How often addresses that have all of their rate again are forgotten.
const FORGETTING: Duration = Duration::from_mins(1);

type Addresses = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, MonotonicClock, NoOpMiddleware<Instant>>;

/// For so long a request waits at most.
const WAITING: Duration = Duration::from_millis(400);

/// In how many seconds those who are refused come again at the latest, or up to twice as many: after ten seconds all is as
/// before.
const LATEST: u64 = 5;

/// How much of bodies is held at a time, in bytes, before there is room for their requests and while they run.
const BODIES: usize = 64 * 1024 * 1024;

/// How much of answers is held at a time, in bytes, until their clients have taken them. An address whose own take all but
/// this much of its half is not answered at length before it reads.
const ANSWERS: usize = 128 * 1024 * 1024;
const ANSWER: usize = 64 * 1024;

/// Of the requests that run at a time one address has this part while other addresses ask, too: by itself 4 for each core,
/// which keep the processors busy, and behind which nobody waits for long.
const PART_BESIDE_OTHERS: usize = 24;
/// So many it has in any case.
const FEW: usize = 4;

/// That there is no room for a request, and in how many seconds it may come again.
#[derive(Debug)]
pub(super) struct Busy(u64);

/// That there is no room for an answer, and in how many seconds there may be.
#[derive(Debug)]
pub(super) struct NoRoom(u64);

impl From<Busy> for Problem {
    fn from(Busy(seconds): Busy) -> Self {
        Self::busy(seconds)
    }
}

impl From<NoRoom> for Problem {
    fn from(NoRoom(seconds): NoRoom) -> Self {
        Self::unread(seconds)
    }
}

/// How many requests run at a time, and how many an address may send.
#[derive(Debug)]
pub(crate) struct Limits {
    running: Semaphore,
    inside: Inside,
    spacing: Spacing,
    bodies: Arc<Shares>,
    answers: Arc<Shares>,
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
        let beside_others = (most / PART_BESIDE_OTHERS).max(FEW).min(half(most));
        let inside = Inside::new(most * 2, half(most), beside_others);
        let (running, bodies, answers) = (Semaphore::new(most), Shares::new(BODIES), Shares::new(ANSWERS));
        let (refused, later) = (AtomicU64::new(0), AtomicU64::new(1));
        Self { running, inside, spacing: Spacing::new(processors()), bodies, answers, most, refused, later, addresses }
    }

    /// Room for so many bytes of a body, more of which may come.
    ///
    /// # Errors
    /// `Busy` where others take all of it, or its own address half of it.
    pub(super) fn hold(&self, client: IpAddr, bytes: usize) -> Result<Share, Busy> {
        self.bodies.take(client, bytes).ok_or_else(|| self.refuse())
    }

    /// Room for so many bytes more of the same body.
    ///
    /// # Errors
    /// As for [`Self::hold`].
    pub(super) fn hold_more(&self, held: &mut Share, bytes: usize) -> Result<(), Busy> {
        held.add(bytes).then_some(()).ok_or_else(|| self.refuse())
    }

    /// Room for the body of an answer.
    ///
    /// # Errors
    /// `NoRoom` where others take all of it, or its own address half of it.
    pub(super) fn hold_answer(&self, client: IpAddr, bytes: usize) -> Result<Share, NoRoom> {
        self.answers.take(client, bytes).ok_or_else(|| self.have_no_room())
    }

    /// Room for so many bytes more of the same answer.
    ///
    /// # Errors
    /// As for [`Self::hold_answer`].
    pub(super) fn hold_more_of_answer(&self, held: &mut Share, bytes: usize) -> Result<(), NoRoom> {
        held.add(bytes).then_some(()).ok_or_else(|| self.have_no_room())
    }

    /// Finds out, before anything is done for a request, whether its address reads what it is answered.
    ///
    /// # Errors
    /// `NoRoom` where its unread answers take nearly all that it may have.
    pub(super) fn expect_reader(&self, client: IpAddr) -> Result<(), NoRoom> {
        self.answers.has_room(client, ANSWER).then_some(()).ok_or_else(|| self.have_no_room())
    }

    fn have_no_room(&self) -> NoRoom {
        NoRoom(self.refuse().0)
    }

    fn refuse(&self) -> Busy {
        // Not all in the same moment.
        let (place, later) = (self.refused.fetch_add(1, Ordering::Relaxed), self.later.load(Ordering::Relaxed));
        Busy(later + place % (later + 1))
    }

    /// Lets a request in, when it is its turn: as many as run may wait, so that there is work whenever something is
    /// done. Of those who run and of those who wait, half may be of one address.
    ///
    /// # Errors
    /// `Busy` at once where too many are in already; also where it waited for too long, as behind a store that hangs.
    pub(super) async fn enter(&self, client: IpAddr) -> Result<Entered<'_>, Busy> {
        // One count for both: who has been called, and has not heard it yet, takes no second place.
        let place = self.inside.enter(client_subnet(client)).ok_or_else(|| self.refuse())?;
        let of_address = Arc::clone(place.turns());
        // First among those of its own address: they must not stand before others.
        let turn = async { Ok((of_address.acquire_owned().await?, self.running.acquire().await?)) };
        match tokio::time::timeout(WAITING, turn).await {
            Ok(Ok((of_address, running))) => Ok(Entered { _running: running, _of_address: of_address, _place: place }),
            Ok::<Result<_, AcquireError>, _>(Err(_)) | Err(_) => Err(self.refuse()),
        }
    }

    /// Records that a client is active: while others are, too, the requests of a busy subnet are delayed.
    pub(super) fn note(&self, client: IpAddr) {
        self.inside.note(client_subnet(client), Instant::now());
    }

    /// Counts a request, and delays it by 2 s at most where it is one of many of a client subnet and other clients are
    /// active, too.
    pub(super) async fn begin(&self, client: IpAddr) -> InFlight<'_> {
        let (subnet, now) = (client_subnet(client), Instant::now());
        let in_flight = self.spacing.begin(subnet, now);
        if self.inside.is_beside_others(subnet, now) {
            let delay = in_flight.delay(now);
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
        }
        in_flight
    }

    /// Tells how many were refused, for ever; and lets them come the later the more they are, or to refuse them would be
    /// what there is most to do.
    pub(super) async fn tell(&self) {
        loop {
            tokio::time::sleep(TELLING).await;
            self.spacing.forget(Instant::now());
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
        addresses.check_key(&client_subnet(client)).map_err(|until| {
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

fn processors() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX))
}

/// That a request is let in, until this is dropped.
#[derive(Debug)]
pub(super) struct Entered<'a> {
    _running: SemaphorePermit<'a>,
    _of_address: OwnedSemaphorePermit,
    _place: Place<'a>,
}
