use twclone_domain::registry::{Registry, Service};
use twclone_domain::{Clock, Randomness};
use twclone_testkit::{World, json};

use crate::people::{self, PASSWORD};

#[test]
fn administrators_see_which_instances_run() {
    let world = World::new();
    let server = people::serve(&world);
    let administrator = people::administrator(&server, &world);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // A minute ahead, so that its announcement stays valid as long as a busy machine may need.
    let clock = Clock::new(|| Clock::system().now().plus_millis(60_000));
    let (configuration, randomness) = (world.configuration(), Randomness::system());
    let registry = runtime.block_on(Registry::open(&configuration, &clock, &randomness)).unwrap();
    let mut instance = registry.new_instance(Service::Timeline, "10.0.0.4:5000", "0.9.0").unwrap();
    (instance.status, instance.in_flight, instance.rate) = ("ready".to_owned(), 3, 250);
    let listed = || {
        let list = server.get("/services").basic(&administrator, PASSWORD).send().expect(200);
        let services = list["services"].as_array().unwrap().clone();
        services.into_iter().find(|service| service["id"] == instance.id)
    };
    assert_eq!(listed(), None);
    runtime.block_on(registry.announce(&instance)).unwrap();
    let mut found = listed().unwrap();
    let seen = found.as_object_mut().unwrap().remove("seen-at").unwrap();
    assert!(seen.as_str().unwrap() >= instance.started_at.to_string().as_str(), "{seen}");
    let wanted = json!({"service": "timeline", "id": instance.id, "address": "10.0.0.4:5000", "version": "0.9.0",
        "started-at": instance.started_at, "status": "ready", "in-flight": 3, "requests-per-second": 250});
    assert_eq!(found, wanted);
    runtime.block_on(registry.leave(&instance)).unwrap();
    assert_eq!(listed(), None);
}

#[test]
fn nobody_else_does() {
    let world = World::new();
    let server = people::serve(&world);
    let name = people::sign_up(&server, "user");
    server.get("/services").send().problem(401);
    server.get("/services").basic(&name, PASSWORD).send().problem(403);
}
