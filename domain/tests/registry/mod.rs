//! The registry lists the instances that announced themselves recently, and no others.

mod heartbeat;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use twclone_schema::PLATFORM;

use item_store::api::{Action, Direction, EXPIRES, Effect, Key, Query, SortRange, Value};
use twclone_domain::registry::{Instance, Registry, Service};
use twclone_domain::{Clock, Error, Installation, Randomness};
use twclone_testkit::World;

/// A clock that the test sets.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(Clock::system().now().millis())))
    }

    fn put_on(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }

    fn clock(&self) -> Clock {
        let hands = self.clone();
        Clock::new(move || twclone_domain::Timestamp::from_millis(hands.0.load(Ordering::Relaxed)))
    }
}

async fn open(world: &World, clock: &Clock) -> Registry {
    Registry::open(&world.configuration(), clock, &Randomness::system()).await.unwrap()
}

async fn announced(registry: &Registry, service: Service, address: &str) -> Instance {
    let instance = registry.new_instance(service, address, "1.2.3").unwrap();
    registry.announce(&instance).await.unwrap();
    instance
}

#[tokio::test]
async fn who_announces_himself_is_there_for_every_process_until_he_leaves() {
    let world = World::new();
    let hands = Hands::new();
    let (one, other) = (open(&world, &hands.clock()).await, open(&world, &hands.clock()).await);
    assert_eq!(other.list().await.unwrap(), []);
    // Announced in another order than they are listed.
    let users = announced(&one, Service::Users, "10.0.0.3:5003").await;
    hands.put_on(20);
    let younger = announced(&one, Service::Auth, "10.0.0.2:5002").await;
    hands.put_on(-10);
    let mut older = announced(&other, Service::Auth, "10.0.0.1:5001").await;
    hands.put_on(10);
    assert_eq!(other.list().await.unwrap(), [older.clone(), younger.clone(), users.clone()]);
    assert_eq!(one.list().await.unwrap(), other.list().await.unwrap());

    assert_eq!(older.status, "starting");
    (older.status, older.in_flight, older.rate) = ("ready".to_owned(), 3, u64::MAX);
    other.announce(&older).await.unwrap();
    // The rate is limited to the maximum that a store can keep. `seen_at` is the time of the announcement.
    (older.rate, older.seen_at) = (i64::MAX.unsigned_abs(), hands.clock().now());
    assert!(older.seen_at > older.started_at);
    assert_eq!(one.list().await.unwrap(), [older.clone(), younger.clone(), users.clone()]);

    one.leave(&older).await.unwrap();
    one.leave(&older).await.unwrap();
    assert_eq!(other.list().await.unwrap(), [younger, users]);
}

#[tokio::test]
async fn who_is_silent_for_half_a_minute_is_gone_and_comes_back() {
    let world = World::new();
    let hands = Hands::new();
    let registry = open(&world, &hands.clock()).await;
    let instance = announced(&registry, Service::Messages, "localhost:5000").await;
    // Clocks may differ by half a second.
    hands.put_on(30_500);
    assert_eq!(registry.list().await.unwrap(), std::slice::from_ref(&instance));
    assert!(registry.counts(&instance));
    hands.put_on(1);
    assert_eq!(registry.list().await.unwrap(), []);
    assert!(!registry.counts(&instance));
    // Clients with their own health checks still get the instance.
    assert_eq!(registry.list_lately().await.unwrap(), std::slice::from_ref(&instance));
    registry.announce(&instance).await.unwrap();
    assert_eq!(registry.list().await.unwrap(), [Instance { seen_at: hands.clock().now(), ..instance }]);
}

#[tokio::test]
async fn a_newer_build_may_say_more_and_have_services_that_this_one_has_not() {
    let world = World::new();
    let registry = open(&world, &Clock::system()).await;
    let instance = announced(&registry, Service::Users, "localhost:5000").await;
    let tables = world.tables(Duration::from_secs(30)).await;
    let range = SortRange::All;
    let query = Query {
        table: PLATFORM,
        partition: "services".into(),
        range,
        direction: Direction::Ascending,
        limit: 1,
        after: None,
    };
    let item = tables.query(query).await.unwrap().items.remove(0);
    let newer = |sort: &str, service| {
        let mut attributes = item.attributes.clone();
        attributes.insert("service".into(), Value::text(service));
        attributes.insert("mood".into(), Value::text("fine"));
        let key = Key { partition: item.key.partition.clone(), sort: sort.into() };
        Action { table: PLATFORM, key, conditions: Vec::new(), effect: Effect::Put(attributes) }
    };
    tables.transact(vec![newer(&item.key.sort, "users"), newer("shop#1", "shop")]).await.unwrap();
    assert_eq!(registry.list().await.unwrap(), [instance]);
}

#[tokio::test]
async fn an_item_is_swept_a_day_later() {
    let world = World::new();
    let registry = open(&world, &Clock::system()).await;
    let instance = announced(&registry, Service::Gateway, "localhost:5000").await;
    let (range, direction) = (SortRange::All, Direction::Ascending);
    let query = Query { table: PLATFORM, partition: "services".into(), range, direction, limit: 2, after: None };
    let items = world.tables(Duration::from_secs(30)).await.query(query).await.unwrap().items;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].key.sort, format!("gateway#{}", instance.id));
    assert_eq!(instance.id.len(), 16);
    let expires = instance.started_at.plus_millis(30_000 + 24 * 3_600_000).seconds();
    let Some(Value::Number(found)) = items[0].attributes.get(EXPIRES) else { panic!("{items:?}") };
    assert!((expires..expires + 60).contains(found), "{found} is not soon after {expires}");
}

#[tokio::test]
async fn an_installation_has_the_same_registry_and_does_not_count_its_calls() {
    let world = World::new();
    let registry = open(&world, &Clock::system()).await;
    let installation =
        Box::pin(Installation::open(world.configuration(), Clock::system(), Randomness::system())).await.unwrap();
    let instance = announced(&registry, Service::All, "localhost:5000").await;
    let before = (installation.store_calls(), installation.job_calls());
    let other = announced(&installation.registry, Service::Auth, "localhost:5001").await;
    let listed = installation.registry.list_by(&installation.administrator()).await.unwrap();
    assert_eq!(listed.iter().map(|found| &found.id).collect::<Vec<_>>(), [&instance.id, &other.id]);
    assert_eq!((installation.store_calls(), installation.job_calls()), before);
    assert!(installation.close().await.is_ok());
}

#[tokio::test]
async fn a_folder_that_others_may_open_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::embedded();
    drop(open(&world, &Clock::system()).await);
    std::fs::set_permissions(world.data(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let refused = Registry::open(&world.configuration(), &Clock::system(), &Randomness::system()).await;
    assert!(matches!(&refused, Err(Error::Unavailable(text)) if text.contains("chmod 700")), "{refused:?}");
}

#[test]
fn services_have_names() {
    for name in ["all", "gateway", "auth", "users", "timeline", "messages"] {
        assert_eq!(name.parse::<Service>().unwrap().to_string(), name);
    }
    assert!("shop".parse::<Service>().unwrap_err().contains("timeline"));
}
