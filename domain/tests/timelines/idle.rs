//! An idle process makes few calls to the store.

use std::time::Duration;

use twclone_domain::registry::{Load, Service};
use twclone_testkit::World;

use super::kit::Harness;
use super::left::brought;

/// Longer than a process without jobs keeps its lease on a shard.
const QUIET: Duration = Duration::from_secs(14);
const COUNTED: Duration = Duration::from_secs(24);
/// One call every two seconds.
const MOST: u64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_process_asks_the_store_every_two_seconds_at_most() {
    let world = World::new();
    let (harness, idle) = (Harness::open(&world, 5_000).await, Harness::open(&world, 5_000).await);
    let people = harness.people(2).await;
    harness.installation.start_jobs();
    let instance = harness.registry.new_instance(Service::All, "localhost:5000", "1").unwrap();
    let load = || Load { in_flight: 0, answered: 0, ready: true };
    let heartbeat = harness.registry.start_heartbeat(instance, load).await.unwrap();
    // After a job, the process has a lease to release.
    harness.follow(&people[0], &people[1]).await.unwrap();
    let post = harness.post(&people[1]).await.unwrap();
    tokio::time::sleep(QUIET).await;
    assert!(brought(&harness, people[0].name().as_str()).await.contains(&post));
    let before = harness.pause.calls();
    tokio::time::sleep(COUNTED).await;
    let calls = harness.pause.calls() - before;
    assert!(calls <= MOST, "{calls} calls in {COUNTED:?}");
    // Jobs of processes that run none are found nevertheless.
    let post = idle.post(&people[1]).await.unwrap();
    let found = async {
        while !brought(&harness, people[0].name().as_str()).await.contains(&post) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(12), found).await.expect("it is never brought");
    heartbeat.stop().await.unwrap();
    harness.close().await.unwrap();
}
