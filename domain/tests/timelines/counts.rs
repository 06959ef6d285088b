//! Concurrent likes, reposts, follows, comments and posts, and their removal: the counts match the stored items.

use std::sync::Arc;
use twclone_schema::{GRAPH, POSTS};

use twclone_domain::accounts::Caller;
use twclone_domain::{Error, Id, PageRequest};
use twclone_testkit::World;

use super::kit::{Harness, by_name};

const TASKS: u64 = 64;
const ACTS: u64 = 24;
const PEOPLE: usize = 6;
const AUTHORS: usize = 3;

/// Accepts success, and the errors that concurrent actions cause.
fn tolerate<T>(done: Result<T, Error>) {
    match done {
        Ok(_) | Err(Error::Overloaded | Error::Timeout | Error::Conflict(_) | Error::NotFound(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Returns a pseudorandom number below `end`. The sequence is the same in each run, but differs between tasks.
fn chance(state: &mut u64, end: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap() % end
}

async fn toggle(harness: &Harness, people: &[Caller], posts: &[Id], seed: u64, acts: u64) {
    let mut dice = seed;
    for _ in 0..acts {
        let who = &people[chance(&mut dice, people.len())];
        let whom = &people[chance(&mut dice, people.len())];
        let post = posts[chance(&mut dice, posts.len())];
        match chance(&mut dice, 8) {
            0 => tolerate(harness.posts.like(who, None, post).await),
            1 => tolerate(harness.posts.unlike(who, None, post).await),
            2 => tolerate(harness.repost(who, post).await),
            3 => tolerate(harness.posts.undo_repost(who, None, post).await),
            4 => tolerate(harness.follow(who, whom).await),
            5 => tolerate(harness.unfollow(who, whom).await),
            6 => tolerate(harness.comment(who, post).await),
            _ => {
                if let Ok(comment) = harness.comment(who, post).await {
                    tolerate(harness.posts.delete(who, comment).await);
                }
                if let Ok(post) = harness.post(who).await {
                    tolerate(harness.posts.delete(who, post).await);
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_counted_is_what_there_is() {
    let world = World::new();
    // A threshold that follower counts cross.
    let harness = Arc::new(Harness::open(&world, 3).await);
    let people = harness.people(PEOPLE).await;
    let mut posts = Vec::new();
    for author in &people[..AUTHORS] {
        posts.push(harness.post(author).await.unwrap());
    }
    // Calls to a server take several milliseconds, so the test makes fewer of them.
    let acts = if world.is_embedded() { ACTS } else { ACTS / 4 };
    let mut tasks = tokio::task::JoinSet::new();
    for seed in 0..TASKS {
        let (harness, people, posts) = (Arc::clone(&harness), people.clone(), posts.clone());
        tasks.spawn(async move { toggle(&harness, &people, &posts, seed, acts).await });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    harness.drain().await;
    let lines = async |table, partition| harness.partition(table, partition).await.len() as u64;
    for post in &posts {
        let shown = harness.posts.get(None, *post).await.unwrap().post;
        let [likes, reposts, comments] = ["l", "y", "r"].map(|list| format!("{list}#{:016x}", post.number()));
        let table = POSTS;
        let there = (lines(table, likes).await, lines(table, reposts).await, lines(table, comments).await);
        assert_eq!((shown.likes, shown.reposts, shown.comments), there, "{post}");
        assert!(there.0 + there.1 > 0 && there.2 > 0, "nothing was left to count: {there:?}");
    }
    let request = PageRequest { limit: "100".parse().unwrap(), cursor: None };
    let mut edges = 0;
    for person in &people {
        let (name, reference) = (person.name(), by_name(person));
        let (_, counts) = harness.accounts.profile(None, &reference).await.unwrap();
        let followers = harness.graph.followers(None, &reference, &request).await.unwrap().1.items.len() as u64;
        let following = harness.graph.following(None, &reference, &request).await.unwrap().1.items.len() as u64;
        let posts = lines(POSTS, format!("a#{name}")).await + lines(POSTS, format!("c#{name}")).await;
        assert_eq!((counts.followers, counts.following, counts.posts), (followers, following, posts), "{name}");
        let [in_table, out_table] = ["f", "g"].map(|list| format!("{list}#{name}"));
        let in_tables = (lines(GRAPH, in_table).await, lines(GRAPH, out_table).await);
        assert_eq!((followers, following), in_tables, "{name}");
        let relations = harness.partition(GRAPH, format!("e#{name}")).await;
        let follows = relations.iter().filter(|item| item.attributes.contains_key("follows")).count() as u64;
        assert_eq!(follows, following, "{name}");
        edges += following;
        let own = harness.user(None, person, 100).await.unwrap().len() as u64;
        assert_eq!(own, lines(POSTS, format!("a#{name}")).await, "{name}");
    }
    assert!(edges > 0);
}
