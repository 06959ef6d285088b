use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use item_store::Tables;
use item_store::api::StoreError;
use tokio::time::Instant;
use twclone_domain::registry::{Heartbeat, Instance, Load, Registry, Service};
use twclone_domain::{Clock, Error, Installation, Randomness};
use twclone_testkit::{Fault, Faults, Operation, World};

use super::open;

/// Longer than a few announcements of a changed load take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The load that an instance reports.
#[derive(Clone, Default)]
struct Counts {
    answered: Arc<AtomicU64>,
    ready: Arc<AtomicBool>,
}

impl Counts {
    async fn start(&self, registry: &Registry) -> Result<Heartbeat, Error> {
        let counts = self.clone();
        let load = move || Load {
            in_flight: 7,
            answered: counts.answered.load(Ordering::Relaxed),
            ready: counts.ready.load(Ordering::Relaxed),
        };
        registry.start_heartbeat(registry.new_instance(Service::Timeline, "localhost:5004", "1").unwrap(), load).await
    }
}

fn is_ready(instance: &Instance) -> bool {
    instance.status == "ready"
}

/// Waits for an instance in the list that matches, and returns it.
async fn seen(registry: &Registry, wanted: impl Fn(&Instance) -> bool) -> Instance {
    let begin = Instant::now();
    loop {
        let listed = registry.list().await.unwrap();
        if let Some(found) = listed.iter().find(|instance| wanted(instance)) {
            return found.clone();
        }
        assert!(begin.elapsed() < TIMEOUT, "{listed:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_heart_tells_what_there_is_to_do_until_it_is_stopped() {
    let world = World::new();
    let registry = open(&world, &Clock::system()).await;
    let counts = Counts::default();
    counts.answered.store(1_000_000, Ordering::Relaxed);
    let heartbeat = counts.start(&registry).await.unwrap();
    // Announced at once. Requests from before the start do not count in the rate.
    let listed = registry.list().await.unwrap();
    let first = &listed[0];
    assert_eq!((first.status.as_str(), first.in_flight, first.rate), ("not ready", 7, 0));

    counts.ready.store(true, Ordering::Relaxed);
    counts.answered.fetch_add(1_000, Ordering::Relaxed);
    let second = seen(&registry, is_ready).await;
    assert_eq!((&second.id, second.started_at), (&first.id, first.started_at));
    assert!(second.seen_at > first.seen_at);
    // 1,000 in about 2 s.
    assert!((100..=500).contains(&second.rate), "{second:?}");
    seen(&registry, |instance| instance.rate == 0).await;

    heartbeat.stop().await.unwrap();
    assert_eq!(registry.list().await.unwrap(), []);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(registry.list().await.unwrap(), []);
}

#[tokio::test]
async fn a_heart_that_is_dropped_is_silent() {
    let world = World::new();
    let registry = open(&world, &Clock::system()).await;
    drop(Counts::default().start(&registry).await.unwrap());
    let before = registry.list().await.unwrap();
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(registry.list().await.unwrap(), before);
}

#[tokio::test]
async fn a_heart_goes_on_when_the_store_fails_for_a_while() {
    let world = World::new();
    let faults = Faults::around(world.tables(TIMEOUT).await.engine());
    let tables = Tables::new(Arc::clone(&faults) as _, Duration::from_secs(1));
    let clock = Clock::system();
    let installation =
        Box::pin(Installation::open_on(world.configuration(), tables, clock, Randomness::system())).await.unwrap();
    let (registry, counts) = (&installation.registry, Counts::default());

    // A failure of the first announcement is reported.
    faults.from_the(1, Operation::Instance, Fault::Refuse(StoreError::Overloaded));
    assert!(matches!(counts.start(registry).await, Err(Error::Overloaded)));
    faults.end();

    let heartbeat = counts.start(registry).await.unwrap();
    counts.ready.store(true, Ordering::Relaxed);
    faults.at_the(1, Operation::Instance, Fault::Hang);
    let begin = Instant::now();
    while faults.seen() == 0 {
        assert!(begin.elapsed() < TIMEOUT);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    seen(registry, is_ready).await;
    assert_eq!(faults.end(), 1);

    // Stopping does not hang either. The error says why the instance is still listed.
    faults.from_the(1, Operation::Instance, Fault::Hang);
    let begin = Instant::now();
    assert!(matches!(heartbeat.stop().await, Err(Error::Timeout)));
    assert!(begin.elapsed() < TIMEOUT);
    faults.end();
    assert_eq!(registry.list().await.unwrap().len(), 1);
}
