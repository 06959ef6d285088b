use twclone_domain::registry::{Instance, Registry, Service};
use twclone_domain::{Clock, Randomness};
use twclone_testkit::{Value, World, json};

use crate::kit::{admin, answer, empty, failure};

/// Runs `work` with the registry of these stores. Its clock is this many milliseconds slow.
fn with_registry<T>(world: &World, late: i64, work: impl AsyncFnOnce(Registry) -> T) -> T {
    let clock = Clock::new(move || Clock::system().now().plus_millis(-late));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        work(Registry::open(&world.configuration(), &clock, &Randomness::system()).await.unwrap()).await
    })
}

fn announce(world: &World, late: i64, service: Service, address: &str) -> Instance {
    with_registry(world, late, async |registry| {
        let made = registry.new_instance(service, address, "0.9.0").unwrap();
        let instance = Instance { status: "ready".to_owned(), in_flight: 2, rate: 120, ..made };
        registry.announce(&instance).await.unwrap();
        instance
    })
}

/// Returns an instance as the command lists it, without `seen-at`.
fn view(instance: &Instance) -> Value {
    json!({"service": instance.service.as_str(), "id": instance.id, "address": instance.address, "version": "0.9.0",
        "started-at": instance.started_at, "status": "ready", "in-flight": 2, "requests-per-second": 120})
}

fn listed(world: &World) -> Vec<Value> {
    let mut list = answer(world, &["services", "list"]);
    let mut services: Vec<Value> = serde_json::from_value(list["services"].take()).unwrap();
    for service in &mut services {
        let seen = service.as_object_mut().unwrap().remove("seen-at").unwrap();
        assert!(seen.as_str().unwrap() >= service["started-at"].as_str().unwrap(), "{seen} in {service}");
    }
    services
}

/// Announces an instance as of a minute from now. An announcement is valid for 30 s, and a busy machine may take longer
/// to run the command.
fn announced(world: &World, service: Service, address: &str) -> Instance {
    announce(world, -60_000, service, address)
}

#[test]
fn a_list_tells_who_is_there() {
    let world = empty();
    assert_eq!(listed(&world), [Value::Null; 0]);
    let users = announced(&world, Service::Users, "10.0.0.2:5002");
    let auth = announced(&world, Service::Auth, "10.0.0.1:5001");
    // Its announcement has expired.
    announce(&world, 40_000, Service::Messages, "10.0.0.3:5003");
    assert_eq!(listed(&world), [view(&auth), view(&users)]);

    let output = admin(&world, &["services", "list"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{output:?}");
    let lines: Vec<_> = output.stdout.lines().collect();
    let words = |line: usize| lines[line].split_whitespace().collect::<Vec<_>>();
    assert_eq!(lines.len(), 3, "{output:?}");
    assert_eq!(words(0)[..4], ["service", "id", "address", "version"]);
    assert_eq!(words(1)[..4], ["auth", auth.id.as_str(), "10.0.0.1:5001", "0.9.0"]);
    assert_eq!(words(2)[6..], ["2", "120", "ready"]);

    with_registry(&world, 0, async |registry| registry.leave(&auth).await.unwrap());
    assert_eq!(listed(&world), [view(&users)]);
}

#[test]
fn where_there_is_no_installation_there_is_no_list() {
    failure(&World::new(), &["services", "list"], 5);
}
