use std::fmt::Write as _;

use twclone_testkit::{Value, json};

use crate::kit::{admin, blamed, counts, empty, failure, project_seed};

/// A name, a change that causes a fault in the project's seed data, the place to report, and a part of the reason.
type Fault = (&'static str, fn(&mut Value), &'static str, &'static str);

const MESSAGES: &[Fault] = &[
    ("unknown field", |seed| seed["messages"][9]["colour"] = json!("red"), "messages[9].colour", "not a field"),
    ("missing id", |seed| drop(seed["messages"][9]["id"].take()), "messages[9].id", "is missing"),
    ("no number", |seed| seed["messages"][9]["id"] = json!("eleven"), "messages[9].id", ""),
    ("bad time", |seed| seed["messages"][9]["sent-at"] = json!("yesterday"), "messages[9].sent-at", "RFC 3339"),
    ("bad read mark", |seed| seed["messages"][9]["read-at"] = json!(5), "messages[9].read-at", "a number"),
    ("unknown sender", |seed| seed["messages"][9]["from"] = json!("nobody"), "messages[9].from", "no account nobody"),
    ("unknown receiver", |seed| seed["messages"][9]["to"] = json!("nobody"), "messages[9].to", "no account nobody"),
    ("unknown writer", |seed| seed["messages"][9]["sent-by"] = json!("nobody"), "messages[9].sent-by", "no account"),
    ("no text", |seed| drop(seed["messages"][9]["msg"].take()), "messages[9].msg", "is missing"),
    ("no such parent", |seed| seed["messages"][9]["reply-to-id"] = json!(999), "messages[9].reply-to-id", "999"),
    ("parent behind it", |seed| seed["messages"][7]["reply-to-id"] = json!(31), "messages[7].reply-to-id", "31"),
    ("other people", |seed| seed["messages"][9]["reply-to-id"] = json!(24), "messages[9].reply-to-id", "not between"),
    ("index", |seed| seed["messages"][5]["quick-reply"] = json!(2), "messages[5].quick-reply", "offers 2"),
    ("no index", |seed| seed["messages"][5]["quick-reply"] = json!(-1), "messages[5].quick-reply", ""),
    ("answers nothing", |seed| drop(seed["messages"][5]["reply-to-id"].take()), "messages[5].reply-to-id", "missing"),
    ("duplicate id", |seed| seed["messages"][9]["id"] = json!(11), "messages[9].id", "earlier in this file"),
    (
        "answered twice",
        |seed| {
            let mut second = seed["messages"][5].clone();
            second["id"] = json!(41);
            seed["messages"].as_array_mut().unwrap().push(second);
        },
        "messages[10].reply-to-id",
        "already answered, by message 22",
    ),
    (
        "answers itself",
        |seed| {
            seed["messages"][5]["from"] = json!("scottie");
            seed["messages"][5]["to"] = json!("mj");
        },
        "messages[5].reply-to-id",
        "is not from mj to scottie",
    ),
];

const ACCOUNTS: &[Fault] = &[
    ("NUL", |seed| seed["accounts"][6]["password"] = json!("a\0b"), "accounts[6].password", "NUL"),
    ("too long", |seed| seed["accounts"][6]["password"] = json!("x".repeat(72)), "accounts[6].password", "72"),
    ("empty", |seed| seed["accounts"][6]["password"] = json!(""), "accounts[6].password", "empty"),
    ("e-mail", |seed| seed["accounts"][6]["email"] = json!("nowhere"), "accounts[6].email", ""),
    ("unknown field", |seed| seed["accounts"][6]["colour"] = json!("red"), "accounts[6].colour", "not a field"),
    ("duplicate id", |seed| seed["accounts"][6]["id"] = json!(1), "accounts[6].id", "earlier in this file"),
    ("itself", |seed| seed["accounts"][6]["delegates"] = json!(["SCOTTIE"]), "accounts[6].delegates", "own delegate"),
    ("nobody", |seed| seed["accounts"][6]["delegates"] = json!(["nobody"]), "accounts[6].delegates", "no account"),
    ("bad delegate", |seed| seed["accounts"][6]["delegates"] = json!(["1"]), "accounts[6].delegates[0]", "user name"),
    (
        "duplicate name",
        |seed| {
            let second = json!({"username": "SCOTTIE", "email": "other@example.com"});
            seed["accounts"].as_array_mut().unwrap().push(second);
        },
        "accounts[7].username",
        "earlier in this file",
    ),
];

const SOCIAL: &[Fault] = &[
    ("no follower", |seed| drop(seed["follows"][10]["follower"].take()), "follows[10].follower", "is missing"),
    (
        "unknown follower",
        |seed| seed["follows"][10]["follower"] = json!("nobody"),
        "follows[10].follower",
        "no account",
    ),
    (
        "unknown followed",
        |seed| seed["follows"][10]["followed"] = json!("nobody"),
        "follows[10].followed",
        "no account",
    ),
    ("itself", |seed| seed["follows"][10]["followed"] = json!("Steve"), "follows[10].followed", "another account"),
    ("twice", |seed| seed["follows"][10]["followed"] = json!("CHRIS"), "follows[10].followed", "earlier in this file"),
    ("unknown field", |seed| seed["follows"][10]["since"] = json!("now"), "follows[10].since", "not a field"),
    ("unknown author", |seed| seed["posts"][12]["username"] = json!("nobody"), "posts[12].username", "no account"),
    ("unknown writer", |seed| seed["posts"][12]["sent-by"] = json!("nobody"), "posts[12].sent-by", "no account"),
    ("missing id", |seed| drop(seed["posts"][12]["id"].take()), "posts[12].id", "is missing"),
    ("duplicate id", |seed| seed["posts"][12]["id"] = json!("1"), "posts[12].id", "1 appears earlier in this file"),
    ("no text", |seed| drop(seed["posts"][12]["text"].take()), "posts[12].text", "is missing"),
    ("long text", |seed| seed["posts"][0]["text"] = json!("x".repeat(501)), "posts[0].text", "500"),
    ("bad time", |seed| seed["posts"][0]["created-at"] = json!("then"), "posts[0].created-at", "RFC 3339"),
    ("no such parent", |seed| seed["posts"][12]["reply-to-id"] = json!(99), "posts[12].reply-to-id", "no post 99"),
    ("parent behind it", |seed| seed["posts"][0]["reply-to-id"] = json!(3), "posts[0].reply-to-id", "no post 3"),
    ("its own parent", |seed| seed["posts"][12]["reply-to-id"] = json!(13), "posts[12].reply-to-id", "no post 13"),
    ("parent a repost", |seed| seed["posts"][5]["reply-to-id"] = json!(4), "posts[5].reply-to-id", "its original, 1"),
    ("no such original", |seed| seed["posts"][3]["repost-of"] = json!(99), "posts[3].repost-of", "no post 99"),
    ("a repost with a text", |seed| seed["posts"][3]["text"] = json!("x"), "posts[3].text", "of its original"),
    ("a repost replies", |seed| seed["posts"][3]["reply-to-id"] = json!(1), "posts[3].reply-to-id", "cannot be"),
    (
        "repost of a repost",
        |seed| {
            let again = json!({"id": 14, "username": "mj", "repost-of": 4, "created-at": "2026-02-08T08:00:00Z"});
            seed["posts"].as_array_mut().unwrap().push(again);
        },
        "posts[13].repost-of",
        "4 is a repost; name its original, 1",
    ),
    (
        "reposted twice",
        |seed| {
            let again = json!({"id": 14, "username": "Scottie", "repost-of": 1, "created-at": "2026-02-08T08:00:00Z"});
            seed["posts"].as_array_mut().unwrap().push(again);
        },
        "posts[13].repost-of",
        "reposts 1 earlier in this file",
    ),
    ("nobody likes", |seed| seed["likes"][6]["username"] = json!("nobody"), "likes[6].username", "no account nobody"),
    ("no such post", |seed| seed["likes"][6]["post"] = json!(99), "likes[6].post", "no post 99"),
    ("likes a repost", |seed| seed["likes"][6]["post"] = json!(4), "likes[6].post", "its original, 1"),
    ("likes twice", |seed| seed["likes"][6]["post"] = json!(1), "likes[6].post", "earlier in this file"),
];

#[test]
fn every_fault_of_a_record_is_named_with_its_path_alone() {
    let world = empty();
    for (name, change, place, reason) in MESSAGES.iter().chain(ACCOUNTS).chain(SOCIAL) {
        let mut seed = project_seed();
        change(&mut seed);
        let file = world.file("seed.json", &seed.to_string());
        let failure = failure(&world, &["seed", file.to_str().unwrap()], 3);
        assert_eq!(blamed(&failure), [*place], "{name}: {failure}");
        assert!(failure["faults"][0]["message"].as_str().unwrap().contains(reason), "{name}: {failure}");
        assert!(failure["error"].as_str().unwrap().contains("none of it was written"), "{name}: {failure}");
    }
    assert_eq!(counts(&world), (0, 0));
}

#[test]
fn a_fault_in_the_last_record_is_told_to_people_and_nothing_is_written() {
    let world = empty();
    let mut seed = project_seed();
    seed["messages"][9]["to"] = json!("nobody");
    let file = world.file("seed.json", &seed.to_string());
    let output = admin(&world, &["seed", file.to_str().unwrap()]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(3), ""), "{output:?}");
    assert!(output.stderr.contains("\n  messages[9].to: there is no account nobody"), "{output:?}");
    assert_eq!(counts(&world), (0, 0));
}

#[test]
fn a_fault_of_a_line_is_named_with_its_line() {
    let world = empty();
    let mut text = String::new();
    let seed = project_seed();
    for account in seed["accounts"].as_array().unwrap() {
        writeln!(text, "{}", json!({ "account": account })).unwrap();
    }
    for message in seed["messages"].as_array().unwrap().iter().take(4) {
        writeln!(text, "{}", json!({ "message": message })).unwrap();
    }
    let mut last = seed["messages"][4].clone();
    last["to"] = json!("nobody");
    let file = world.file("seed.jsonl", &format!("{text}{}\n", json!({ "message": last })));
    let failure = failure(&world, &["seed", file.to_str().unwrap()], 3);
    assert_eq!(blamed(&failure), ["line 12.to"]);
    assert_eq!(counts(&world), (0, 0));
}

#[test]
fn several_faults_are_all_named() {
    let world = empty();
    let mut seed = project_seed();
    seed["accounts"][0]["password"] = json!("a\0b");
    seed["accounts"][3]["email"] = json!("nowhere");
    seed["messages"][0]["sent-at"] = json!("yesterday");
    seed["messages"][6]["to"] = json!("nobody");
    seed["messages"][6]["sent-by"] = json!("nobody_else");
    seed["messages"][9]["colour"] = json!("red");
    seed["messages"][9]["msg"] = json!("");
    let file = world.file("seed.json", &seed.to_string());
    let failure = failure(&world, &["seed", file.to_str().unwrap()], 3);
    let blamed = blamed(&failure);
    for place in [
        "accounts[0].password",
        "accounts[3].email",
        "messages[0].sent-at",
        "messages[6].to",
        "messages[6].sent-by",
        "messages[9].colour",
        "messages[9].msg",
    ] {
        assert!(blamed.contains(&place), "{place} is not in {failure}");
    }
    assert_eq!(counts(&world), (0, 0));
}

#[test]
fn of_very_many_faults_the_first_are_named_and_the_rest_counted() {
    let world = empty();
    let message = json!({"from": "a", "to": "b", "msg": "x", "sent-at": "2026-02-02T17:02:11Z"});
    let file = world.file("seed.json", &json!({"messages": vec![message; 150]}).to_string());
    let failure = failure(&world, &["seed", file.to_str().unwrap()], 3);
    let blamed = blamed(&failure);
    assert_eq!((blamed.len(), blamed[99]), (101, "messages[99].id"));
    assert_eq!(failure["faults"][100], json!({"field": "file", "message": "has 50 more faults"}));
}
