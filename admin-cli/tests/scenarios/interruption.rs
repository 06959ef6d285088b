use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use twclone_testkit::{Value, World, json};

use crate::kit::{PEOPLE, answer, conversations, empty, items, listed, load};

/// Returns a number of messages that takes a while to load: 20,000, or what DynamoDB Local loads in that time. It
/// handles one write after the other.
fn many(world: &World) -> u64 {
    if answer(world, &["status"])["engine"] == "embedded" { 20_000 } else { 1_500 }
}

/// Starts loading a file.
fn start(world: &World, file: &str) -> Child {
    let mut command = world.command("twclone-admin");
    command.args(["seed", file]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Kills a load after its first write and before its end.
fn kill_in_the_middle(world: &World, mut child: Child, table: &str) {
    let begin = Instant::now();
    while items(world, table) == 0 {
        assert_eq!(child.try_wait().unwrap(), None, "the load ended before it was seen");
        assert!(begin.elapsed() < Duration::from_mins(1), "nothing was written in a minute");
    }
    assert_eq!(child.try_wait().unwrap(), None, "the load ended before it could be killed");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Returns all messages. Asserts that each is the same in the inbox of its recipient and the sent box of its sender.
fn whole(world: &World) -> BTreeMap<String, Value> {
    let server = world.serve();
    let (mut received, mut sent) = (BTreeMap::new(), BTreeMap::new());
    for person in 0..PEOPLE {
        received.extend(listed(&server, &format!("/listmsg/person{person}?")));
        sent.extend(listed(&server, &format!("/listmsg/person{person}?box=sent&")));
    }
    assert!(received == sent, "inboxes and sent boxes differ");
    received
}

#[test]
fn an_interrupted_load_is_gone_on_with() {
    let world = empty();
    let count = many(&world);
    let text = conversations(count);
    let file = world.file("seed.jsonl", &text);
    kill_in_the_middle(&world, start(&world, file.to_str().unwrap()), "messages");

    let loaded = load(&world, "seed.jsonl", &text);
    let fate = |kind: &str, fate: &str| loaded[kind][fate].as_u64().unwrap();
    assert!(fate("messages", "created") > 0 && fate("messages", "unchanged") > 0, "not in the middle: {loaded}");
    for (kind, all) in [("accounts", PEOPLE + 1), ("delegates", PEOPLE), ("messages", count)] {
        assert_eq!(fate(kind, "created") + fate(kind, "unchanged"), all, "{loaded}");
    }

    let messages = whole(&world);
    assert_eq!(messages.len() as u64, count);
    for (id, message) in &messages {
        let question = message["reply-to-id"].as_str().map(|question| &messages[question]);
        let choice = &message["quick-reply"];
        if choice.is_null() {
            assert!(message["answered-by"].is_null() || messages[message["answered-by"].as_str().unwrap()].is_object());
        } else {
            assert_eq!(question.unwrap()["answered-by"], json!(id));
        }
        if message["quick-replies"].is_array() && message["quick-replies"][0].is_object() {
            let answer = &messages[message["answered-by"].as_str().unwrap()];
            assert_eq!(answer["reply-to-id"], json!(id));
            assert!(answer["quick-reply"].is_object(), "{answer}");
        }
    }
}

#[test]
fn a_servers_writes_go_on_while_a_load_runs_beside_it() {
    let world = empty();
    load(&world, "people.jsonl", &conversations(0));
    let server = world.serve();
    let text = conversations(many(&world) / 3);
    let file = world.file("seed.jsonl", &text);
    let mut child = start(&world, file.to_str().unwrap());
    let mut acknowledged = Vec::new();
    let begin = Instant::now();
    let status = loop {
        let body = json!({"to": "person0", "msg": format!("number {}", acknowledged.len())});
        acknowledged.push(server.post("/sendmsg", &body).mj().send().expect(201));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begin.elapsed() < Duration::from_mins(2), "the load does not end");
    };
    assert!(status.success(), "{status}");
    assert!(acknowledged.len() > 5, "only {} were written meanwhile", acknowledged.len());
    let sent = listed(&server, "/listmsg/mj?box=sent&");
    assert_eq!(sent.len(), acknowledged.len());
    for message in &acknowledged {
        assert_eq!(sent[message["id"].as_str().unwrap()], *message);
    }
    assert_eq!(load(&world, "seed.jsonl", &text)["messages"]["created"], 0);
}

/// Returns a JSON Lines file in which all people follow each other. It has this many posts, replies and reposts in all,
/// and likes of them.
fn society(posts: u64) -> String {
    let mut text = conversations(0);
    let mut add = |record: Value| writeln!(text, "{record}").unwrap();
    let name = |person: u64| format!("person{}", person % PEOPLE);
    for (one, other) in
        (0..PEOPLE * PEOPLE).map(|pair| (pair / PEOPLE, pair % PEOPLE)).filter(|(one, other)| one != other)
    {
        add(json!({"follow": {"follower": name(one), "followed": name(other)}}));
    }
    for number in 0..posts {
        let id = 1_000 + number;
        let mut post = json!({"id": id, "username": name(number), "created-at": "2026-03-01T08:00:00Z"});
        match number % 4 {
            3 => post["repost-of"] = json!(id - 1),
            turn => {
                post["text"] = json!(format!("This is post {number}."));
                if turn > 0 {
                    post["reply-to-id"] = json!(id - 1);
                }
                add(json!({"like": {"username": name(number + 1), "post": id}}));
            }
        }
        add(json!({ "post": post }));
    }
    text
}

/// Returns the number of items in each of the tables of posts, and the number of waiting jobs.
fn traces(world: &World) -> [u64; 4] {
    let waiting = answer(world, &["timelines", "lag"])["waiting"].as_u64().unwrap();
    [items(world, "posts"), items(world, "graph"), items(world, "timelines"), waiting]
}

#[test]
fn an_interrupted_load_of_posts_is_gone_on_with() {
    let (world, other) = (empty(), empty());
    let count = many(&world) / 8 * 4;
    let text = society(count);
    load(&other, "seed.jsonl", &text);
    let file = world.file("seed.jsonl", &text);
    kill_in_the_middle(&world, start(&world, file.to_str().unwrap()), "posts");

    let loaded = load(&world, "seed.jsonl", &text);
    let fate = |kind: &str, fate: &str| loaded[kind][fate].as_u64().unwrap();
    assert!(fate("posts", "created") > 0 && fate("posts", "unchanged") > 0, "not in the middle: {loaded}");
    for (kind, all) in [("follows", PEOPLE * (PEOPLE - 1)), ("posts", count), ("likes", count / 4 * 3)] {
        assert_eq!(fate(kind, "created") + fate(kind, "unchanged"), all, "{loaded}");
    }
    assert_eq!(traces(&world), traces(&other));
    let again = load(&world, "seed.jsonl", &text);
    assert_eq!((&again["posts"]["unchanged"], &again["likes"]["unchanged"]), (&json!(count), &json!(count / 4 * 3)));
}
