//! Background workers. One pauses at some call until its lease expires for another one, whose clock is ahead and
//! which takes over its jobs. Then the first one continues, or is killed. Every reader has each post once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use twclone_domain::Clock;
use twclone_testkit::{Fault, World};

use super::kit::{Harness, PATIENT};
use super::left::homes;

/// Longer than a lease on a shard lasts, including the tolerance for clock skew, in milliseconds.
const JUMP: i64 = 10_000;
const FANS: usize = 12;

/// What happens to the paused worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    GoesOn,
    IsKilled,
}

async fn drained(harness: &Harness, told: &str) {
    let (begun, administrator) = (Instant::now(), harness.administrator());
    while harness.timelines.lag(&administrator).await.unwrap().waiting > 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{told}: jobs are left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_whose_lease_runs_out_and_another_do_everything_once() {
    for (fate, nths) in [(Fate::GoesOn, [4, 14, 20, 26, 33]), (Fate::IsKilled, [2, 12, 17, 23, 29])] {
        for nth in nths {
            let told = format!("{fate:?} at call {nth}");
            let world = World::new();
            let harness = Harness::open(&world, 8).await;
            let people = harness.people(FANS + 2).await;
            let (author, star, fans) = (&people[0], &people[1], &people[2..]);
            for fan in &fans[..6] {
                harness.follow(fan, author).await.unwrap();
            }
            for fan in fans {
                harness.follow(fan, star).await.unwrap();
            }
            harness.drain().await;
            // Jobs of each kind wait in a shard without a lease.
            let (first, gone) = (harness.post(author).await.unwrap(), harness.post(author).await.unwrap());
            let turning = harness.post(star).await.unwrap();
            harness.posts.delete(author, gone).await.unwrap();
            harness.follow(&fans[6], author).await.unwrap();
            harness.unfollow(&fans[0], author).await.unwrap();
            harness.block(author, &fans[1]).await.unwrap();
            let slow = Harness::open(&world, 8).await;
            slow.pause.before(nth);
            slow.installation.start_jobs();
            let reached = tokio::time::timeout(Duration::from_secs(10), slow.pause.reached()).await;
            reached.unwrap_or_else(|_| panic!("{told}: it is never reached"));
            let ahead = Clock::new(|| Clock::system().now().plus_millis(JUMP));
            let other = Harness::open_by(&world, 8, ahead, PATIENT).await;
            other.installation.start_jobs();
            drained(&harness, &told).await;
            let slow = match fate {
                Fate::GoesOn => {
                    slow.pause.release();
                    Some(slow)
                }
                Fate::IsKilled => {
                    drop(slow);
                    None
                }
            };
            let last = other.post(author).await.unwrap();
            let pulled = other.post(star).await.unwrap();
            drained(&harness, &told).await;
            if let Some(slow) = slow {
                slow.close().await.unwrap();
            }
            other.close().await.unwrap();
            drained(&harness, &told).await;
            let homes = homes(&harness).await;
            for (number, fan) in fans.iter().enumerate() {
                let follows = (2..=6).contains(&number);
                let wanted = if follows { vec![pulled, last, turning, first] } else { vec![pulled, turning] };
                assert_eq!(harness.home(fan, 3).await, wanted, "{told}: {number}");
                let brought = homes.get(fan.name().as_str()).cloned().unwrap_or_default();
                let allowed: BTreeSet<_> = wanted.into_iter().collect();
                assert!(brought.is_subset(&allowed), "{told}: {number} was brought {brought:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_panics_or_fails_is_tried_again_after_a_rest() {
    for fault in [Fault::Panic, Fault::Refuse(item_store::api::StoreError::Corrupt("noise".to_owned()))] {
        let world = World::new();
        let harness = Harness::open(&world, 5_000).await;
        let people = harness.people(2).await;
        harness.follow(&people[0], &people[1]).await.unwrap();
        harness.drain().await;
        let post = harness.post(&people[1]).await.unwrap();
        let worker = Harness::open(&world, 5_000).await;
        worker.faults.from_the(1, twclone_testkit::Operation::BatchWrite, fault.clone());
        worker.installation.start_jobs();
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let attempts = worker.faults.end();
        assert!((2..=4).contains(&attempts), "{fault:?}: tried {attempts} times in 2.5 s");
        drained(&harness, "after the fault").await;
        assert_eq!(harness.home(&people[0], 3).await, [post]);
        worker.close().await.unwrap();
    }
}
