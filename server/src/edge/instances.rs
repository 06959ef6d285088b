//! The instances of each service, their states, and which one gets the next request.

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

/// How often each instance is checked. Also how often the registry is read while an instance is missing or not ready.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// How often the registry is read while all instances are ready, to find additional ones.
const QUIET_LOOK: Duration = Duration::from_secs(5);

/// The services that a gateway needs.
const SERVICES: [Service; 4] = [Service::Auth, Service::Users, Service::Timeline, Service::Messages];

/// The number of instances of a service.
#[derive(Debug, Serialize)]
pub(crate) struct Count {
    pub(crate) instances: usize,
    /// How many are ready.
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

/// The places and the turn of one service.
#[derive(Debug)]
struct Lane {
    places: Arc<Shares>,
    turn: AtomicUsize,
}

impl Instances {
    /// Allows at most `most` requests in progress for each service.
    pub(crate) fn new(registry: Registry, handshake: Handshake, most: usize) -> Self {
        let lanes = SERVICES.map(|_| Lane { places: Shares::new(most), turn: AtomicUsize::new(0) });
        Self { registry, handshake, known: RwLock::default(), checked: Mutex::default(), lanes }
    }

    fn lane(&self, service: Service) -> Option<&Lane> {
        let place = SERVICES.iter().position(|own| *own == service)?;
        self.lanes.get(place)
    }

    /// Returns a place for a request to a service, if one is free and the client's subnet does not have half of them.
    pub(super) fn enter(&self, service: Service, client: IpAddr) -> Option<Share> {
        self.lane(service)?.places.take(client, 1)
    }

    /// Keeps the list and the states up to date. Never returns.
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

    /// Reads the registry, and checks every instance. If the registry cannot be read, the list stays as it was.
    pub(crate) async fn look(&self) {
        match tokio::time::timeout(CHECK_INTERVAL, self.registry.list_lately()).await {
            Ok(Ok(found)) => self.take_over(found),
            Ok(Err(error)) => tracing::warn!(%error, "the registry of services cannot be read"),
            Err(_) => tracing::warn!("the registry of services does not answer"),
        }
        self.check().await;
    }

    /// Checks every instance.
    async fn check(&self) {
        join_all(self.known().iter().map(|instance| instance.check())).await;
    }

    /// Checks every instance, and returns how many there are of each service and how many of them are ready.
    pub(crate) async fn readiness(&self) -> BTreeMap<&'static str, Count> {
        let came = Moment::now();
        let mut checked = self.checked.lock().await;
        // All calls that arrive during a check share the next one.
        if checked.is_none_or(|checked| checked < came) {
            let asked = Moment::now();
            self.check().await;
            *checked = Some(asked);
        }
        self.counts()
    }

    /// Returns whether each service has a ready instance, as far as is known.
    pub(crate) fn are_ready(&self) -> bool {
        self.counts().values().all(|service| service.ready > 0)
    }

    /// Returns whether each service has an instance, and all of them are ready, as far as is known.
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
        // The newest first: a killed instance stays in the registry for a while, and another may have its address by
        // now.
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
            // An instance that responds is kept even if its announcement is out of date: the store may have been
            // down.
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

    /// Returns the next instance in turn that was not tried. Ready ones come first, then those that are not ready,
    /// because they may do part of their work and can report the rest. Those that are away come last, because they
    /// may be back.
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
