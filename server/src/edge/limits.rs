//! Limits on concurrent work. Excess requests are refused at once, so that admitted ones stay fast.

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

/// How often the number of refusals is logged.
const TELLING: Duration = Duration::from_secs(1);
/// How often addresses that have their full rate again are forgotten.
const FORGETTING: Duration = Duration::from_mins(1);

type Addresses = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, MonotonicClock, NoOpMiddleware<Instant>>;

/// Maximum time that a request waits for its turn.
const WAITING: Duration = Duration::from_millis(400);

/// Maximum of `Limits::later`. `Retry-After` is up to twice as long, so all refused clients are back after ten
/// seconds.
const LATEST: u64 = 5;

/// Maximum memory for request bodies, in bytes, from when they are read until their requests end.
const BODIES: usize = 64 * 1024 * 1024;

/// Maximum memory for responses, in bytes, until their clients have read them. If the unread responses of a client
/// subnet leave less than `ANSWER` of its half, its requests are refused until it reads.
const ANSWERS: usize = 128 * 1024 * 1024;
const ANSWER: usize = 64 * 1024;

/// While other client subnets are active, one may run one in this many of the concurrent requests. In a service, that
/// is by default 5 for each core, which keep the processors busy without making others wait for long.
const PART_BESIDE_OTHERS: usize = 24;
/// Minimum of the requests that it may run.
const FEW: usize = 4;

/// There is no room for a request. Holds the number of seconds after which to retry.
#[derive(Debug)]
pub(super) struct Busy(u64);

/// There is no room for a response. Holds the number of seconds after which to retry.
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

/// How many requests run at a time, and how many a client subnet may send.
#[derive(Debug)]
pub(crate) struct Limits {
    running: Semaphore,
    inside: Inside,
    spacing: Arc<Spacing>,
    bodies: Arc<Shares>,
    answers: Arc<Shares>,
    most: usize,
    refused: AtomicU64,
    /// Minimum `Retry-After` of refused requests, in seconds. The maximum is twice as long.
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

    /// Reserves room for so many bytes of a body, which may grow.
    ///
    /// # Errors
    /// `Busy` if others take all the room, or the client's subnet would take more than half.
    pub(super) fn hold(&self, client: IpAddr, bytes: usize) -> Result<Share, Busy> {
        self.bodies.take(client, bytes).ok_or_else(|| self.refuse())
    }

    /// Reserves room for more bytes of the same body.
    ///
    /// # Errors
    /// As for [`Self::hold`].
    pub(super) fn hold_more(&self, held: &mut Share, bytes: usize) -> Result<(), Busy> {
        held.add(bytes).then_some(()).ok_or_else(|| self.refuse())
    }

    /// Reserves room for the body of a response.
    ///
    /// # Errors
    /// `NoRoom` if others take all the room, or the client's subnet would take more than half.
    pub(super) fn hold_answer(&self, client: IpAddr, bytes: usize) -> Result<Share, NoRoom> {
        self.answers.take(client, bytes).ok_or_else(|| self.have_no_room())
    }

    /// Reserves room for more bytes of the same response.
    ///
    /// # Errors
    /// As for [`Self::hold_answer`].
    pub(super) fn hold_more_of_answer(&self, held: &mut Share, bytes: usize) -> Result<(), NoRoom> {
        held.add(bytes).then_some(()).ok_or_else(|| self.have_no_room())
    }

    /// Checks, before any work is done for a request, that the client's subnet reads its responses.
    ///
    /// # Errors
    /// `NoRoom` if its unread responses take nearly all that it may have.
    pub(super) fn expect_reader(&self, client: IpAddr) -> Result<(), NoRoom> {
        self.answers.has_room(client, ANSWER).then_some(()).ok_or_else(|| self.have_no_room())
    }

    fn have_no_room(&self) -> NoRoom {
        NoRoom(self.refuse().0)
    }

    fn refuse(&self) -> Busy {
        // Spread, so that not all clients retry at the same moment.
        let (place, later) = (self.refused.fetch_add(1, Ordering::Relaxed), self.later.load(Ordering::Relaxed));
        Busy(later + place % (later + 1))
    }

    /// Admits a request when it is its turn. As many requests may wait as may run, so that there is work whenever one
    /// ends. One client subnet gets at most half of the places, and at most half of the running requests.
    ///
    /// # Errors
    /// `Busy` at once if too many requests are admitted already, or after too long a wait, as behind a store that
    /// hangs.
    pub(super) async fn enter(&self, client: IpAddr) -> Result<Entered<'_>, Busy> {
        // Running and waiting requests share a count, so that one whose turn has just come does not take a second
        // place.
        let place = self.inside.enter(client_subnet(client)).ok_or_else(|| self.refuse())?;
        let of_address = Arc::clone(place.turns());
        // First the turn among the subnet's own requests: they must not queue before those of others.
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

    /// Counts a request. Delays it by at most 2 s if its subnet has many in flight and other clients are active, too.
    pub(super) async fn begin(&self, client: IpAddr) -> InFlight {
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

    /// Logs how many requests were refused each second. Scales `Retry-After` with the number of clients that retry,
    /// or refusing them would be most of the work. Never returns.
    pub(super) async fn tell(&self) {
        loop {
            tokio::time::sleep(TELLING).await;
            self.spacing.forget(Instant::now());
            let refused = self.refused.swap(0, Ordering::Relaxed);
            let callers = refused * self.later.load(Ordering::Relaxed);
            self.later.store((callers / self.most as u64).clamp(1, LATEST), Ordering::Relaxed);
            if refused > 0 {
                tracing::warn!(
                    refused,
                    at_a_time = self.most,
                    "refused requests, because too many run at the same time"
                );
            }
        }
    }

    /// Returns the number of running requests.
    pub(super) fn running(&self) -> usize {
        self.most.saturating_sub(self.running.available_permits())
    }

    /// Counts a request against the rate of its client subnet.
    ///
    /// # Errors
    /// `TooMany` if the subnet has sent too many.
    pub(super) fn count(&self, client: IpAddr) -> Result<(), Error> {
        let Some(addresses) = &self.addresses else { return Ok(()) };
        addresses.check_key(&client_subnet(client)).map_err(|until| {
            let seconds = until.wait_time_from(MonotonicClock.now()).as_secs() + 1;
            Error::TooMany("too many requests from your address", u32::try_from(seconds).unwrap_or(u32::MAX))
        })
    }

    /// Forgets addresses that have their full rate again. Never returns.
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

/// An admitted request, until this is dropped.
#[derive(Debug)]
pub(super) struct Entered<'a> {
    _running: SemaphorePermit<'a>,
    _of_address: OwnedSemaphorePermit,
    _place: Place<'a>,
}
