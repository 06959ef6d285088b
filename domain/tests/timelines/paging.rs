//! A reader pages through timelines while others write. Posts that exist the whole time appear once, in order.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use twclone_domain::Id;
use twclone_domain::accounts::Caller;
use twclone_testkit::World;

use super::kit::{Harness, now};

const WALKS: usize = 6;

/// Asserts that all settled posts were found. [`Harness::home`] and the other reads assert the order.
fn assert_settled(what: &str, seen: &[Id], settled: &BTreeSet<Id>) {
    let seen: BTreeSet<_> = seen.iter().copied().collect();
    let lost: Vec<_> = settled.difference(&seen).collect();
    assert!(lost.is_empty(), "{what}: {lost:?} were passed over");
}

/// Creates and deletes posts of an author, while followers come and go, until `end` is set.
async fn write(harness: &Harness, author: &Caller, fans: &[Caller], end: &AtomicBool) {
    let mut own = Vec::new();
    let mut round = 0_usize;
    while !end.load(Ordering::Relaxed) {
        round += 1;
        own.push(harness.post(author).await.unwrap());
        // Few enough that all posts together fit into a home timeline.
        if round.is_multiple_of(2) || own.len() > 100 {
            let post = own.remove(round % own.len());
            harness.posts.delete(author, post).await.unwrap();
        }
        let fan = &fans[round % fans.len()];
        if round.is_multiple_of(3) {
            harness.unfollow(fan, author).await.unwrap();
        } else {
            harness.follow(fan, author).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_turned_while_others_write() {
    let world = World::new();
    let harness = Harness::open(&world, 3).await;
    let people = harness.people(8).await;
    let (reader, authors, fans) = (people[0].clone(), people[1..5].to_vec(), people[5..].to_vec());
    for author in &authors {
        harness.follow(&reader, author).await.unwrap();
    }
    // The first author starts above the threshold. The others may cross it in both directions.
    for fan in &fans {
        harness.follow(fan, &authors[0]).await.unwrap();
    }
    harness.drain().await;
    let (begun, mut settled) = (now(), BTreeSet::new());
    for _ in 0..12 {
        for author in &authors {
            settled.insert(harness.post(author).await.unwrap());
        }
    }
    harness.drain().await;
    harness.installation.start_jobs();
    let (harness, end) = (Arc::new(harness), Arc::new(AtomicBool::new(false)));
    let mut tasks = tokio::task::JoinSet::new();
    for author in authors.clone() {
        let (harness, fans, end) = (Arc::clone(&harness), fans.clone(), Arc::clone(&end));
        tasks.spawn(async move { write(&harness, &author, &fans, &end).await });
    }
    for walk in 0..WALKS {
        let limit = 3 + 4 * walk;
        assert_settled("home", &harness.home(&reader, limit).await, &settled);
        assert_settled("public", &harness.public(Some(&reader), limit, begun).await, &settled);
        let author = &authors[walk % authors.len()];
        let own = harness.user(Some(&reader), author, limit).await.unwrap();
        let mut his = BTreeSet::new();
        for post in &settled {
            let shown = harness.posts.get(Some(&reader), *post).await.unwrap();
            his.extend((shown.post.author == *author.name()).then_some(*post));
        }
        assert_settled("user", &own, &his);
    }
    end.store(true, Ordering::Relaxed);
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    let administrator = harness.administrator();
    while harness.timelines.lag(&administrator).await.unwrap().waiting > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // In the end, the home timeline has all posts of the authors, and no others.
    let mut all = BTreeSet::new();
    for author in &authors {
        all.extend(harness.user(None, author, 100).await.unwrap());
    }
    let all: Vec<_> = all.into_iter().rev().take(800).collect();
    assert_eq!(harness.home(&reader, 100).await, all);
    harness.close().await.unwrap();
}
