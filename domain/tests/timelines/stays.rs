//! Posts that a new follower has seen stay in the home timeline while the job for the follow runs, whenever the
//! author posts more. A worker makes one call at a time, and the timeline is read after each.

use std::sync::Arc;

use twclone_testkit::World;

use super::kit::Harness;

/// More calls than the jobs make here.
const MOST: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_seen_stays_while_a_follower_is_welcomed() {
    let world = World::new();
    let (slow, other) = (Arc::new(Harness::open(&world, 5_000).await), Harness::open(&world, 5_000).await);
    // Calls to a server take several milliseconds, so the test makes fewer of them.
    let step = if world.is_embedded() { 1 } else { 5 };
    for nth in (1..MOST).step_by(step) {
        let people = other.people(2).await;
        let [reader, author] = &people[..] else { unreachable!() };
        let mut posts = vec![other.post(author).await.unwrap()];
        other.drain().await;
        other.follow(reader, author).await.unwrap();
        slow.pause.before(nth);
        let worker = Arc::clone(&slow);
        let mut working = tokio::spawn(async move { worker.timelines.catch_up(&worker.administrator()).await });
        let (mut call, mut posted, mut seen) = (nth, false, vec![posts[0]]);
        loop {
            let ended = tokio::select! {
                () = slow.pause.reached() => false,
                done = &mut working => { done.unwrap().unwrap(); true }
            };
            if ended {
                break;
            }
            if !posted {
                posts.insert(0, other.post(author).await.unwrap());
                posted = true;
            }
            let now = other.home(reader, 20).await;
            let gone: Vec<_> = seen.iter().filter(|post| !now.contains(post)).collect();
            assert!(
                gone.is_empty(),
                "of {posts:?}, the newest of before call {nth}, are gone before call {call}: {gone:?}"
            );
            seen = now;
            call += 1;
            slow.pause.before(1);
            slow.pause.release();
        }
        if !posted {
            assert!(nth > 1, "no call");
            return;
        }
        other.drain().await;
        assert_eq!(other.home(reader, 20).await, posts, "posted before call {nth}, read at the end");
    }
    panic!("more than {MOST} calls");
}
