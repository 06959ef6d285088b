//! Kills a server while many clients post, like, retweet and follow. Afterwards, the counters match the items, and
//! every acknowledged post has reached the followers of its author.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use twclone_schema::{GRAPH, PLATFORM, POSTS};

use twclone_testkit::{Answer, Client, World, json};

use super::dice::Dice;
use crate::people::{self, PASSWORD, UNLIMITED, text};

const ROUNDS: u64 = 4;
const WRITERS: usize = 12;
const PEOPLE: usize = 5;

/// A fan-out threshold, in followers, that some authors cross again and again.
const THRESHOLD: [&str; 2] = ["--fan-out-threshold", "3"];

fn flags() -> Vec<&'static str> {
    UNLIMITED.into_iter().chain(THRESHOLD).collect()
}

/// Sends a request as `who`; `None` if the server is gone.
fn call(server: &Client, method: &str, path: &str, who: &str) -> Option<Answer> {
    let answer = server.call(method, path).basic(who, PASSWORD).try_send()?;
    assert!([200, 201, 204, 404, 409, 503].contains(&answer.status), "{method} {path}: {answer:?}");
    Some(answer)
}

/// Posts, likes, retweets and follows until the server is gone.
fn toggle(
    server: &Client,
    names: &[String],
    post: &str,
    writer: usize,
    posted: &Mutex<BTreeSet<String>>,
) -> Option<()> {
    let mut round = writer;
    loop {
        round += 1;
        let (who, whom) = (&names[round % PEOPLE], &names[(round + 1 + round / PEOPLE % (PEOPLE - 1)) % PEOPLE]);
        match round.wrapping_mul(7) % 8 {
            0 => call(server, "POST", &format!("/tweet/id/{post}/like"), who)?,
            1 => call(server, "POST", &format!("/tweet/id/{post}/dislike"), who)?,
            2 => call(server, "POST", &format!("/tweet/id/{post}/retweet"), who)?,
            3 => call(server, "DELETE", &format!("/tweet/id/{post}/retweet"), who)?,
            4 | 5 => call(server, "POST", &format!("/user/follow?username={whom}"), who)?,
            6 => call(server, "POST", &format!("/user/unfollow?username={whom}"), who)?,
            _ => {
                let tweet = server.post("/tweet/create", &json!({"tweet_content": "hello"}));
                let answer = tweet.basic(&names[0], PASSWORD).try_send()?;
                if answer.status == 201 {
                    posted.lock().unwrap().insert(text(&answer.json()["id"]));
                }
                answer
            }
        };
    }
}

/// Waits until the job queues are empty.
fn drained(world: &World) {
    let queues: Vec<_> = (0..16).map(|shard| format!("jobs#{shard:03}")).collect();
    let begun = Instant::now();
    while world.items(PLATFORM, &queues).iter().sum::<u64>() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "jobs are left");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_killed_server_has_counted_what_there_is() {
    let mut dice = Dice::new();
    let world = World::new();
    let mut server = world.serve_with(&flags());
    let names: Vec<_> = (0..PEOPLE).map(|_| people::sign_up(&server, "person")).collect();
    let reader = people::sign_up(&server, "reader");
    call(&server, "POST", &format!("/user/follow?username={}", names[0]), &reader).unwrap();
    let post = people::post(&server, &names[1], "hello");
    let posted = Mutex::new(BTreeSet::new());
    for _ in 0..ROUNDS {
        let moment = Duration::from_millis(150 + dice.below(400));
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (server, names, post, posted) = (&server, &names, &post, &posted);
                scope.spawn(move || toggle(server, names, post, writer * 13, posted));
            }
            std::thread::park_timeout(moment);
            assert!(Command::new("kill").args(["-9", &server.process().to_string()]).status().unwrap().success());
        });
        server.kill();
        server = world.serve_with(&flags());
    }
    drained(&world);
    let number: u64 = post.parse().unwrap();
    let lists = ["l", "y"].map(|list| format!("{list}#{number:016x}"));
    let shown = server.get(&format!("/tweet/id/{post}")).send().expect(200);
    let counted = [&shown["like_count"], &shown["retweet_count"]].map(|count| count.as_u64().unwrap());
    assert_eq!(counted.to_vec(), world.items(POSTS, &lists), "{shown}");
    for name in &names {
        let profile = server.get(&format!("/user/data/{name}")).send().expect(200);
        let count = |field: &str| profile[field].as_u64().unwrap();
        let people = world.items(GRAPH, &["f", "g"].map(|list| format!("{list}#{name}")));
        assert_eq!(vec![count("follower_count"), count("following_count")], people, "{name}");
        assert_eq!(vec![count("tweet_count")], world.items(POSTS, &[format!("a#{name}")]), "{name}");
    }
    let posted = posted.into_inner().unwrap();
    assert!(posted.len() > 4, "only {} were acknowledged", posted.len());
    let feed =
        people::walk(|path| server.get(path).basic(&reader, PASSWORD).send(), "/posts-api/v1/feed?limit=50", "posts");
    let seen = people::each(&feed, "id");
    let once: BTreeSet<_> = seen.iter().cloned().collect();
    assert_eq!(seen.len(), once.len(), "something is there twice");
    // Unacknowledged posts may exist. All of the author's posts that exist are on the timeline.
    let authored = people::walk(
        |path| server.get(path).basic(&reader, PASSWORD).send(),
        &format!("/users-api/v1/users/{}/posts?limit=50", names[0]),
        "posts",
    );
    assert_eq!(seen, people::each(&authored, "id"));
    assert!(posted.is_subset(&once), "{:?} were lost", posted.difference(&once).collect::<Vec<_>>());
    eprintln!("killed {ROUNDS} times, {} posts acknowledged, lost 0", posted.len());
}
