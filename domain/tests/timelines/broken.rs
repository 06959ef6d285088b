//! Faults in the calls of jobs, at each call in turn. Interrupted jobs are continued. In the end, every reader has
//! each post once, no reader has a post that is not for them, and no job is left.

use std::collections::BTreeSet;
use twclone_schema::{GRAPH, PLATFORM};

use item_store::api::{Attributes, Item, Key, StoreError, Value, Write};
use twclone_testkit::{Fault, Operation, World};

use super::kit::Harness;
use super::left::{all, homes};
use super::play::Play;
use super::play::Relate::{Block, Follow, Mute, Unfollow, Unmute};
use super::script::Act::{self, Delete, Drain, Post, Relate as Now, Repost};
use super::script::act;

/// More calls of one kind than the jobs make here.
const MOST: u64 = 60;

/// The scenarios: each kind of job, with the actions that cause it.
const STORIES: [&[Act]; 8] = [
    &[Now(Follow, 0, 1), Drain, Post(1)],
    // The second follower reaches the threshold, so the author is pulled.
    &[Now(Follow, 0, 1), Drain, Now(Follow, 2, 1), Drain, Post(1)],
    &[Now(Follow, 0, 1), Post(1), Post(1), Repost(0), Drain, Delete(1)],
    &[Post(1), Post(1), Now(Follow, 0, 1)],
    &[Post(1), Now(Follow, 0, 1), Drain, Now(Unfollow, 0, 1)],
    &[Post(1), Now(Follow, 0, 1), Drain, Now(Mute, 0, 1)],
    &[Post(1), Now(Follow, 0, 1), Now(Mute, 0, 1), Drain, Now(Unmute, 0, 1)],
    &[Post(1), Now(Follow, 0, 1), Now(Follow, 1, 0), Drain, Now(Block, 0, 1)],
];

fn faults() -> Vec<Fault> {
    let broken = || StoreError::Unavailable("the cable was pulled".to_owned());
    vec![
        Fault::Refuse(StoreError::Conflict),
        Fault::Refuse(broken()),
        Fault::Lose(StoreError::Timeout),
        Fault::Lose(broken()),
        Fault::Part(1),
        Fault::ShortPage(0),
    ]
}

/// Plays the actions on `harness`. Then runs their jobs on `worker`, where the `nth` call of a kind fails. Returns
/// whether there were that many calls.
async fn broken(
    harness: &Harness,
    worker: &std::sync::Arc<Harness>,
    acts: &[Act],
    nth: u64,
    kind: Option<Operation>,
    fault: &Fault,
) -> bool {
    let told = format!("{acts:?}, {fault:?} at call {nth} of {kind:?}");
    let mut play = Play::at_home(harness, 3, 2).await;
    act(&mut play, acts).await.unwrap_or_else(|wrong| panic!("{told}: {wrong}"));
    match kind {
        None => worker.faults.at(nth, fault.clone()),
        Some(kind) => worker.faults.at_the(nth, kind, fault.clone()),
    }
    worker.pause.before(u64::MAX);
    // In a separate task, because it may panic.
    let own = std::sync::Arc::clone(worker);
    let ended = tokio::spawn(async move { own.timelines.catch_up(&own.administrator()).await }).await;
    let calls = worker.pause.seen();
    // Retries and short pages cost a few more calls, but must not continue forever.
    assert!(calls < 200, "{told}: {calls} calls");
    let heals = !matches!(
        fault,
        Fault::Panic | Fault::Refuse(StoreError::Unavailable(_)) | Fault::Lose(StoreError::Unavailable(_))
    );
    if heals {
        ended.unwrap().unwrap_or_else(|error| panic!("{told}: {error}"));
    }
    let met = worker.faults.end() > 0;
    act(&mut play, &[Drain]).await.unwrap_or_else(|wrong| panic!("{told}: {wrong}"));
    let waiting = harness.timelines.lag(&harness.administrator()).await.unwrap().waiting;
    assert_eq!(waiting, 0, "{told}");
    play.assert_brought(&told).await;
    act(&mut play, &[Post(1), Drain]).await.unwrap_or_else(|wrong| panic!("{told}, and later: {wrong}"));
    met
}

async fn at_every_call(stories: &[&[Act]]) {
    let world = World::new();
    let (harness, worker) = (Harness::open(&world, 2).await, Harness::open(&world, 2).await);
    let worker = std::sync::Arc::new(worker);
    // Calls to a server take several milliseconds, so the test makes fewer of them.
    let step = if world.is_embedded() { 1 } else { 17 };
    for acts in stories {
        for fault in faults().into_iter().skip(usize::from(!world.is_embedded()) * 4) {
            for kind in [None, Some(Operation::Job), Some(Operation::Profile)] {
                let mut nth = 1;
                while broken(&harness, &worker, acts, nth, kind, &fault).await {
                    nth += step;
                    assert!(nth < MOST, "{fault:?} was met {MOST} times");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_reach_everybody_whatever_goes_wrong() {
    at_every_call(&STORIES[..3]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_whom_counts_whatever_goes_wrong() {
    at_every_call(&STORIES[3..]).await;
}

/// Number of followers without an account: more than one page of 1,000.
const CROWD: usize = 1_030;

/// Writes followers of an author directly to the tables. Returns their names.
async fn crowd(harness: &Harness, author: &str) -> Vec<String> {
    let names: Vec<String> = (0..CROWD).map(|number| format!("crowd_{number:04}")).collect();
    let writes = names.iter().zip(1..).map(|(name, id)| {
        let key = Key::new(&format!("f#{author}"), &format!("{id:016x}"));
        Write::Put(GRAPH, Item { key, attributes: Attributes::from_iter([("who".into(), Value::text(name))]) })
    });
    for batch in writes.collect::<Vec<_>>().chunks(25) {
        harness.tables.batch_write(batch.to_vec()).await.unwrap();
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_has_each_post_once_whatever_goes_wrong() {
    let world = World::new();
    let (harness, worker) = (Harness::open(&world, 5_000).await, Harness::open(&world, 5_000).await);
    let worker = std::sync::Arc::new(worker);
    let author = harness.people(1).await.remove(0);
    let names: BTreeSet<String> = crowd(&harness, author.name().as_str()).await.into_iter().collect();
    let broken = StoreError::Unavailable("the cable was pulled".to_owned());
    // Faults at different stages: while a page is processed, when the cursor is stored, at the next page, and at the
    // end.
    let orders = [
        (3, None, Fault::Part(7)),
        (20, None, Fault::Lose(StoreError::Timeout)),
        (40, None, Fault::Refuse(broken.clone())),
        (2, Some(Operation::Query), Fault::ShortPage(400)),
        (2, Some(Operation::Query), Fault::Panic),
        (44, None, Fault::Lose(broken.clone())),
        (17, Some(Operation::Job), Fault::Lose(StoreError::Timeout)),
        (17, Some(Operation::Job), Fault::Lose(broken.clone())),
        (18, Some(Operation::Job), Fault::Refuse(broken)),
    ];
    for (nth, kind, fault) in orders {
        // One group of jobs pushes both.
        let posts = [harness.post(&author).await.unwrap(), harness.post(&author).await.unwrap()];
        let told = format!("{fault:?} at call {nth} of {kind:?}");
        match kind {
            None => worker.faults.at(nth, fault),
            Some(kind) => worker.faults.at_the(nth, kind, fault),
        }
        let own = std::sync::Arc::clone(&worker);
        let _ = tokio::spawn(async move { own.timelines.catch_up(&own.administrator()).await }).await;
        assert_eq!(worker.faults.end(), 1, "{told} was not met");
        harness.drain().await;
        let homes = homes(&harness).await;
        for post in posts {
            let having = homes.iter().filter(|(name, home)| name.starts_with("crowd_") && home.contains(&post));
            assert_eq!(having.map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), names, "{told}");
            harness.posts.delete(&author, post).await.unwrap();
        }
        harness.drain().await;
    }
    // No deleted post is left.
    assert!(homes(&harness).await.values().all(BTreeSet::is_empty));
    assert!(all(&harness, PLATFORM).await.iter().all(|item| !item.key.partition.starts_with("jobs#")));
}
