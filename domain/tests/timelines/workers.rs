//! Two workers on the same jobs. One pauses at some call, as if its lease expired or it was killed there. Meanwhile,
//! the other one works, or accounts act. Whichever call it is, every account sees what it should in the end, and
//! later.

use std::sync::Arc;
use std::time::Duration;

use twclone_testkit::World;

use super::kit::Harness;
use super::play::Play;
use super::play::Relate::{Block, Follow, Mute, Unblock, Unfollow, Unmute};
use super::script::Act::{self, Delete, Drain, Post, Relate as Now, Repost};
use super::script::act;

/// Follower count from which posts are pulled instead of pushed.
const THRESHOLD: u64 = 2;
/// More calls than a worker makes here.
const MOST: u64 = 60;

/// Performs the actions in `before`, then runs their jobs. The worker pauses at each call in turn until `meanwhile`
/// is done.
async fn story(before: &[Act], meanwhile: &[Act]) {
    let world = World::new();
    let (slow, other) = (Harness::open(&world, THRESHOLD).await, Harness::open(&world, THRESHOLD).await);
    let slow = Arc::new(slow);
    // Calls to a server take several milliseconds, so the test makes fewer of them.
    let step = if world.is_embedded() { 1 } else { 9 };
    for nth in (1..MOST).step_by(step) {
        let told = format!("{before:?}, then at call {nth} {meanwhile:?}");
        let mut play = Play::at_home(&other, 4, 3).await;
        act(&mut play, before).await.unwrap();
        slow.pause.before(nth);
        let working = {
            let slow = Arc::clone(&slow);
            tokio::spawn(async move { slow.timelines.catch_up(&slow.administrator()).await })
        };
        let mut working = working;
        let ended = tokio::select! {
            () = slow.pause.reached() => false,
            _ = &mut working => true,
        };
        if ended {
            assert!(nth > 1, "{told}: no call");
            return;
        }
        let done = act(&mut play, meanwhile).await;
        slow.pause.release();
        done.unwrap_or_else(|wrong| panic!("{told}: {wrong}"));
        let ended = tokio::time::timeout(Duration::from_secs(30), working).await;
        ended.expect("it does not end").unwrap().unwrap_or_else(|error| panic!("{told}: {error}"));
        play.drain().await.unwrap_or_else(|wrong| panic!("{told}: {wrong}"));
        // Later actions still work.
        let after = [Post(1), Delete(1), Drain];
        act(&mut play, &after).await.unwrap_or_else(|wrong| panic!("{told}, and later: {wrong}"));
    }
    panic!("more than {MOST} calls");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_welcomed() {
    let before = [Post(1), Post(1), Drain, Now(Follow, 0, 1)];
    for meanwhile in [
        &[Drain][..],
        &[Now(Unfollow, 0, 1), Drain],
        &[Now(Unfollow, 0, 1), Now(Follow, 0, 1)],
        &[Now(Mute, 0, 1), Drain],
        &[Now(Mute, 0, 1), Now(Unmute, 0, 1), Post(1), Drain],
        &[Now(Block, 1, 0), Now(Unblock, 1, 0), Drain, Now(Follow, 0, 1)],
        &[Post(1), Delete(1), Drain],
        // The author is switched to pulling, and in the second case back to pushing.
        &[Now(Follow, 2, 1), Post(1), Drain, Post(1), Drain],
        &[
            Now(Follow, 2, 1),
            Post(1),
            Drain,
            Now(Unfollow, 2, 1),
            Now(Unfollow, 0, 1),
            Post(1),
            Drain,
            Now(Follow, 0, 1),
        ],
    ] {
        Box::pin(story(&before, meanwhile)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_is_pushed() {
    let before = [Now(Follow, 0, 1), Drain, Post(1)];
    for meanwhile in [
        &[Drain][..],
        &[Delete(1), Drain],
        &[Now(Unfollow, 0, 1), Drain],
        &[Now(Unfollow, 0, 1), Drain, Now(Follow, 0, 1), Drain],
        &[Now(Mute, 0, 1), Drain, Now(Unmute, 0, 1)],
        &[Now(Follow, 2, 1), Drain, Post(1), Drain],
        &[Repost(0), Delete(1), Drain],
    ] {
        Box::pin(story(&before, meanwhile)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_are_pushed_together() {
    let before = [Now(Follow, 0, 1), Drain, Post(1), Post(2), Post(1), Repost(1)];
    for meanwhile in [
        &[Drain][..],
        &[Delete(1), Post(1), Drain],
        // The second post finds enough followers to switch them to pulling.
        &[Now(Follow, 2, 1), Post(1)],
        &[Now(Unfollow, 0, 1), Drain],
    ] {
        Box::pin(story(&before, meanwhile)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_author_turns_to_being_pulled() {
    let before = [Now(Follow, 0, 1), Now(Follow, 2, 1), Drain, Post(1)];
    for meanwhile in [
        &[Drain][..],
        &[Now(Follow, 3, 1), Post(1)],
        &[Drain, Now(Follow, 3, 1), Drain, Post(1), Drain],
        &[Now(Unfollow, 0, 1), Drain, Now(Follow, 0, 1), Drain, Post(1)],
        &[Now(Mute, 0, 1), Drain, Now(Unmute, 0, 1), Drain, Post(1)],
        // Back to pushing, with a follower who arrives then.
        &[Drain, Now(Unfollow, 0, 1), Now(Unfollow, 2, 1), Post(1), Drain, Now(Follow, 3, 1), Drain],
        &[Drain, Now(Unfollow, 0, 1), Now(Unfollow, 2, 1), Post(1), Drain, Now(Follow, 0, 1), Drain],
    ] {
        Box::pin(story(&before, meanwhile)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_author_turns_to_being_pushed() {
    let before = [
        Now(Follow, 0, 1),
        Now(Follow, 2, 1),
        Post(1),
        Drain,
        Now(Unfollow, 0, 1),
        Now(Unfollow, 2, 1),
        Drain,
        Post(1),
    ];
    for meanwhile in [
        &[Drain][..],
        &[Now(Follow, 0, 1), Drain],
        &[Now(Follow, 0, 1), Now(Follow, 2, 1), Post(1), Drain, Now(Follow, 3, 1), Drain],
        &[Drain, Now(Follow, 3, 1), Drain, Now(Follow, 0, 1), Post(1), Drain, Now(Follow, 2, 1)],
    ] {
        Box::pin(story(&before, meanwhile)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_is_taken_back() {
    let before = [Now(Follow, 0, 1), Drain, Post(1), Post(1), Repost(0), Drain, Delete(1)];
    for meanwhile in [
        &[Drain][..],
        &[Now(Follow, 2, 1), Drain],
        &[Now(Unfollow, 0, 1), Drain, Now(Follow, 0, 1)],
        &[Repost(2), Delete(1), Drain],
    ] {
        Box::pin(story(&before, meanwhile)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_part() {
    for end in [Unfollow, Mute] {
        let before = [Post(1), Now(Follow, 0, 1), Drain, Post(1), Drain, Now(end, 0, 1)];
        let again = if end == Mute { Unmute } else { Follow };
        for meanwhile in [
            &[Drain][..],
            &[Now(again, 0, 1)],
            &[Now(again, 0, 1), Drain],
            &[Now(again, 0, 1), Drain, Now(end, 0, 1), Now(again, 0, 1), Drain, Post(1)],
            &[Now(Mute, 0, 1), Now(again, 0, 1), Drain],
        ] {
            // With `Mute`, the last case mutes an account that is already muted, which changes nothing.
            Box::pin(story(&before, meanwhile)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_are_severed() {
    let before = [Now(Follow, 0, 1), Now(Follow, 1, 0), Post(1), Drain, Now(Block, 0, 1)];
    for meanwhile in [
        &[Drain][..],
        &[Now(Unblock, 0, 1), Now(Follow, 0, 1), Now(Follow, 1, 0)],
        &[Now(Unblock, 0, 1), Now(Follow, 1, 0), Drain],
    ] {
        Box::pin(story(&before, meanwhile)).await;
    }
}
