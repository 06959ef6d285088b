//! Which instances of each service there are, how they are, and whose turn it is.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant as Moment};

use futures_util::future::join_all;
use serde::Serialize;
use tokio::sync::Mutex;
use twclone_domain::registry::{self, Registry, Service};

use super::handshake::Handshake;
use super::instance::{Instance, State};
use super::shares::{Share, Shares};

/// How often each instance is asked how it is; and the registry read, where one is missing or not as it should be.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// How often the registry is read where all are well: for instances that come in addition.
const QUIET_LOOK: Duration = Duration::from_secs(5);

/// What there has to be behind a gateway.
const SERVICES: [Service; 4] = [Service::Auth, Service::Users, Service::Timeline, Service::Messages];

/// How many instances of a service there are.
#[derive(Debug, Serialize)]
pub(crate) struct Count {
    pub(crate) instances: usize,
    /// How many can do their work.
    pub(crate) ready: usize,
}

/// All instances.
#[derive(Debug)]
pub(crate) struct Instances {
    registry: Registry,
    handshake: Handshake,
    known: RwLock<Arc<Vec<Arc<Instance>>>>,
    checked: Mutex<Option<Moment>>,
    lanes: [Lane; SERVICES.len()],
}

/// What is of one service alone.
#[derive(Debug)]
struct Lane {
    places: Arc<Shares>,
    turn: AtomicUsize,
}

impl Instances {
    /// So many requests wait for each service at most.
    pub(crate) fn new(registry: Registry, handshake: Handshake, most: usize) -> Self {
        let lanes = SERVICES.map(|_| Lane { places: Shares::new(most), turn: AtomicUsize::new(0) });
        Self { registry, handshake, known: RwLock::default(), checked: Mutex::default(), lanes }
    }

    fn lane(&self, service: Service) -> Option<&Lane> {
        let place = SERVICES.iter().position(|own| *own == service)?;
        self.lanes.get(place)
    }

    /// A place among those who wait for a service, if there is one and the client's address does not have half of them.
    pub(super) fn enter(&self, service: Service, client: IpAddr) -> Option<Share> {
        self.lane(service)?.places.take(client, 1)
    }

    /// Keeps what is known up to date, for ever.
    pub(super) async fn watch(&self) {
        let mut read = Moment::now();
        self.look().await;
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            if self.are_well() && read.elapsed() < QUIET_LOOK {
                self.check().await;
            } else {
                read = Moment::now();
                self.look().await;
            }
        }
    }

    /// Reads the registry, and asks every instance how it is. Where the registry cannot be read, those are there that
    /// were.
    pub(crate) async fn look(&self) {
        match tokio::time::timeout(CHECK_INTERVAL, self.registry.list_lately()).await {
            Ok(Ok(found)) => self.take_over(found),
            Ok(Err(error)) => tracing::warn!(%error, "the registry of services cannot be read"),
            Err(_) => tracing::warn!("the registry of services does not answer"),
        }
        self.check().await;
    }

    /// Asks every instance how it is.
    async fn check(&self) {
        join_all(self.known().iter().map(|instance| instance.check())).await;
    }

    /// How many instances of each service there are, and how many of them can do their work, as they say now.
    pub(crate) async fn readiness(&self) -> BTreeMap<&'static str, Count> {
        let came = Moment::now();
        let mut checked = self.checked.lock().await;
        // Once for all who come while they are being asked.
        if checked.is_none_or(|checked| checked < came) {
            let asked = Moment::now();
            self.check().await;
            *checked = Some(asked);
        }
        self.counts()
    }

    /// Whether each service could do its work when it was asked last.
    pub(crate) fn are_ready(&self) -> bool {
        self.counts().values().all(|service| service.ready > 0)
    }

    /// Whether each service has an instance, and all of them could do their work when they were asked last.
    fn are_well(&self) -> bool {
        self.counts().values().all(|service| service.instances > 0 && service.ready == service.instances)
    }

    fn counts(&self) -> BTreeMap<&'static str, Count> {
        let known = self.known();
        let count = |service| {
            let own = known.iter().filter(|instance| instance.entry.service == service);
            let ready = own.clone().filter(|instance| instance.state() == State::Ready).count();
            Count { instances: own.count(), ready }
        };
        SERVICES.iter().map(|service| (service.as_str(), count(*service))).collect()
    }

    fn take_over(&self, mut found: Vec<registry::Instance>) {
        // Who was killed stays in the registry for a while: his place may be somebody else's by now.
        found.sort_by_key(|entry| std::cmp::Reverse(entry.started_at));
        let mut instances: Vec<Arc<Instance>> = Vec::new();
        let known = self.known();
        for entry in found {
            if matches!(entry.service, Service::All | Service::Gateway)
                || instances.iter().any(|instance| instance.entry.address == entry.address)
            {
                continue;
            }
            let same = known.iter().find(|instance| instance.entry.id == entry.id);
            // Whoever answers is there, though he could not say so: the store was away, perhaps.
            let answers = same.is_some_and(|same| same.state() != State::Away);
            if self.registry.counts(&entry) || answers {
                let fresh = || Arc::new(Instance::new(entry, self.handshake.clone()));
                instances.push(same.map_or_else(fresh, Arc::clone));
            }
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(instances);
    }

    fn known(&self) -> Arc<Vec<Arc<Instance>>> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whose turn it is, among those that were not tried: of those that are ready or, where there are none, that cannot
    /// do all of their work, and can say so; of those that are away at last, for they may be back.
    pub(super) fn next(&self, service: Service, tried: &[Arc<Instance>]) -> Option<Arc<Instance>> {
        let known = self.known();
        let turn = self.lane(service)?.turn.fetch_add(1, Ordering::Relaxed);
        for state in [State::Ready, State::NotReady, State::Away] {
            let is_tried = |instance: &Arc<Instance>| tried.iter().any(|tried| Arc::ptr_eq(tried, instance));
            let fits = |instance: &&Arc<Instance>| {
                instance.entry.service == service && instance.state() == state && !is_tried(instance)
            };
            let count = known.iter().filter(fits).count();
            if let Some(place) = turn.checked_rem(count) {
                return known.iter().filter(fits).nth(place).cloned();
            }
        }
        None
    }
}
