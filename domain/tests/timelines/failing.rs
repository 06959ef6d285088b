//! Jobs that fail or cannot be read do not stop the others, and are reported.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use twclone_schema::PLATFORM;

use item_store::api::{Attributes, Item, Key, Value, Write};
use rusqlite::Connection;
use twclone_domain::{Clock, Id, Randomness, doctor};
use twclone_testkit::World;

use super::kit::{Harness, PATIENT};

/// More than the job runner works on at once: 16 groups of 8 jobs.
const POSTS: usize = 140;

/// Returns a clock, with the offset in milliseconds by which the test sets it ahead.
fn clock() -> (Arc<AtomicI64>, Clock) {
    let ahead = Arc::new(AtomicI64::new(0));
    let own = Arc::clone(&ahead);
    (ahead, Clock::new(move || Clock::system().now().plus_millis(own.load(Ordering::SeqCst))))
}

/// Changes the last byte of each item of a partition, as a bad disk does. A second call restores it. Returns the
/// number of items.
fn damage(world: &World, table: &str, partition: &str) -> usize {
    let connection = Connection::open(world.data().join("items.db")).unwrap();
    let table = format!("{}{table}", world.prefix());
    let rows = format!("SELECT key, item FROM \"{table}\" WHERE substr(key, 1, ?1) = ?2");
    let mut rows = connection.prepare(&rows).unwrap();
    let beginning = [partition.as_bytes(), b"\xff"].concat();
    let found = rows.query_map((beginning.len(), &beginning), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let found: Vec<(Vec<u8>, Vec<u8>)> = found.map(Result::unwrap).collect();
    for (key, mut item) in found.clone() {
        *item.last_mut().unwrap() ^= 1;
        connection.execute(&format!("UPDATE \"{table}\" SET item = ?1 WHERE key = ?2"), (item, key)).unwrap();
    }
    found.len()
}

async fn eventually(told: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_mins(1), "not in a minute: {told}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_row_stops_the_jobs_alone_that_need_it() {
    let world = World::embedded();
    let (ahead, clock) = clock();
    let harness = Harness::open_by(&world, 5_000, clock, PATIENT).await;
    let people = harness.people(4).await;
    let (star, other, fan, friend) = (&people[0], &people[1], &people[2], &people[3]);
    harness.follow(fan, star).await.unwrap();
    harness.follow(friend, other).await.unwrap();
    harness.drain().await;
    let followers = format!("f#{}", star.name());
    assert_eq!(damage(&world, "graph", &followers), 1);
    for _ in 0..POSTS {
        harness.post(star).await.unwrap();
    }
    harness.installation.start_jobs();
    let after = harness.post(other).await.unwrap();
    eventually("the other post arrives", async || harness.home(friend, 3).await == [after]).await;
    let administrator = harness.administrator();
    eventually("all have failed", async || harness.timelines.failed(&administrator).await.unwrap().jobs.len() == POSTS)
        .await;
    assert!(harness.job_failures().failed > 0);
    eventually("all are parked", async || {
        ahead.fetch_add(300_000, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(500)).await;
        harness.timelines.lag(&administrator).await.unwrap().waiting == 0
    })
    .await;
    let failed = harness.timelines.failed(&administrator).await.unwrap();
    assert_eq!((failed.jobs.len(), failed.unreadable.len()), (POSTS, 0));
    assert!(failed.jobs.iter().all(|job| job.kind == "push" && job.not_before.is_none() && !job.why.is_empty()));
    assert_eq!(harness.job_failures().parked, POSTS as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_cannot_be_read_does_not_hide_the_others() {
    let world = World::embedded();
    let harness = Harness::open(&world, 5_000).await;
    let people = harness.people(2).await;
    harness.follow(&people[0], &people[1]).await.unwrap();
    harness.drain().await;
    let put = async |shard: u8, id: Id| {
        let key = Key::new(&format!("jobs#{shard:03}"), &format!("{:016x}", id.number()));
        let attributes = Attributes::from_iter([("kind".into(), Value::text("dance"))]);
        harness.tables.batch_write(vec![Write::Put(PLATFORM, Item { key, attributes })]).await.unwrap();
    };
    // In each shard: of an unknown kind, and in every second shard some that are damaged.
    for shard in 0..16 {
        put(shard, Id::new(1).unwrap()).await;
        put(shard, Id::new(2).unwrap()).await;
    }
    for shard in (0..16).step_by(2) {
        assert_eq!(damage(&world, "platform", &format!("jobs#{shard:03}")), 2);
    }
    for shard in 0..16 {
        put(shard, Id::new(3).unwrap()).await;
    }
    let first = harness.post(&people[1]).await.unwrap();
    harness.installation.start_jobs();
    let second = harness.post(&people[1]).await.unwrap();
    eventually("both arrive", async || harness.home(&people[0], 3).await == [second, first]).await;
    let administrator = harness.administrator();
    eventually("none waits", async || harness.timelines.lag(&administrator).await.unwrap().waiting == 0).await;
    let failed = harness.timelines.failed(&administrator).await.unwrap();
    assert_eq!((failed.jobs.len(), failed.unreadable.len()), (0, 48));
    assert!(harness.job_failures().unreadable > 0);
    let checks = doctor::examine(&world.configuration(), false, &Clock::system(), &Randomness::system()).await;
    let faults = checks[1].faults.join("\n");
    assert!(faults.contains("timeline jobs that cannot be read: 48;"), "{faults}");
    harness.close().await.unwrap();
}
