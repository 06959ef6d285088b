use std::fmt::Write as _;

use twclone_testkit::{Value, World, json};

use crate::kit::{admin, answer, blamed, counts, empty, failure, load, project_seed};

/// The lists of a seed file, and the names of their records in JSON Lines.
const KINDS: [(&str, &str); 5] =
    [("accounts", "account"), ("messages", "message"), ("follows", "follow"), ("posts", "post"), ("likes", "like")];

/// Number of records of each kind in the project's seed data.
const COUNTS: [(&str, u64); 6] =
    [("accounts", 7), ("delegates", 3), ("messages", 10), ("follows", 11), ("posts", 13), ("likes", 7)];

/// Returns the project's seed data as JSON Lines, with an empty line such as editors leave.
fn lines() -> String {
    let seed = project_seed();
    let mut text = "\n".to_owned();
    for (list, kind) in KINDS {
        for record in seed[list].as_array().unwrap() {
            writeln!(text, "{}", json!({ kind: record })).unwrap();
        }
    }
    text
}

#[test]
fn a_byte_order_mark_before_a_file_is_skipped() {
    let whole = project_seed().to_string();
    for (name, text) in [("marked.json", whole), ("marked.jsonl", lines())] {
        let (plain, marked) = (empty(), empty());
        let expected = load(&plain, name, &text)["created"].clone();
        assert_eq!(load(&marked, name, &format!("\u{feff}{text}"))["created"], expected, "{name}");
        assert_eq!(counts(&marked), counts(&plain), "{name}");
    }
}

/// Returns a server's responses for the messages and replies of the project's seed data, unchanged.
fn told(world: &World) -> Vec<String> {
    let seed = project_seed();
    let server = world.serve();
    let mut told = Vec::new();
    let mut paths = Vec::new();
    for account in seed["accounts"].as_array().unwrap() {
        let (name, password) = (account["username"].as_str().unwrap(), account["password"].as_str().unwrap_or(""));
        let password = if name == "mj" || !password.is_empty() { password } else { "bulls" };
        let caller = if account["password"].is_null() { "mj" } else { name };
        paths.push((caller.to_owned(), password.to_owned(), format!("/listmsg/{name}?box=all")));
    }
    for message in seed["messages"].as_array().unwrap() {
        paths.push(("mj".to_owned(), "bulls".to_owned(), format!("/listreplies/{}", message["id"])));
        paths.push(("chris".to_owned(), "password2".to_owned(), format!("/listreplies/{}", message["id"])));
    }
    for (caller, password, path) in paths {
        let mut answer = server.get(&path).basic(&caller, &password).send();
        // The problem response for a message that mj may not see contains the request id, which differs.
        if answer.status != 200 {
            answer.text.clear();
        }
        told.push(format!("{path} for {caller}: {} {}", answer.status, answer.text));
    }
    told
}

#[test]
fn what_is_loaded_twice_is_unchanged() {
    let world = empty();
    let text = project_seed().to_string();
    let first = load(&world, "seed.json", &text);
    let second = load(&world, "seed.json", &text);
    for (kind, count) in COUNTS {
        assert_eq!(first[kind], json!({"created": count, "unchanged": 0, "refused": 0}), "{kind}");
        assert_eq!(second[kind], json!({"created": 0, "unchanged": count, "refused": 0}), "{kind}");
    }
    assert_eq!(second["refusals"], json!([]));
}

#[test]
fn people_are_told_what_became_of_the_records() {
    let world = empty();
    let file = world.file("seed.json", &project_seed().to_string());
    let output = admin(&world, &["seed", file.to_str().unwrap()]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{output:?}");
    let line = |name: &str| {
        let line = output.stdout.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(line("created"), ["unchanged", "refused"]);
    for (kind, count) in COUNTS {
        assert_eq!(line(kind), [count.to_string(), "0".into(), "0".into()], "{kind}");
    }
}

#[test]
fn json_lines_say_the_same_as_json() {
    let (one, other) = (empty(), empty());
    let by_json = load(&one, "seed.json", &project_seed().to_string());
    for name in ["seed.jsonl", "seed.ndjson"] {
        let by_lines = load(&other, name, &lines());
        let sum = |loaded: &Value, kind: &str| {
            loaded[kind]["created"].as_u64().unwrap() + loaded[kind]["unchanged"].as_u64().unwrap()
        };
        for (kind, count) in COUNTS {
            assert_eq!((sum(&by_lines, kind), sum(&by_json, kind)), (count, count), "{name}: {kind}");
        }
    }
    let (by_json, by_lines) = (told(&one), told(&other));
    assert!(by_json.iter().any(|answer| answer.contains("I never had to")), "{by_json:?}");
    assert_eq!(by_json, by_lines);
    assert_eq!(answer(&one, &["users", "list"]), answer(&other, &["users", "list"]));
}

#[test]
fn seed_data_appear_on_a_server_that_already_runs() {
    let world = World::new();
    let server = world.serve();
    server.get("/listmsg/mj").mj().send().problem(401);
    load(&world, "seed.json", &project_seed().to_string());
    let inbox = server.get("/listmsg/mj").mj().send().expect(200);
    assert_eq!(inbox["messages"][0]["id"], "31");
    let answered = server.post("/replyto", &json!({"to": "kobebryant", "quick-reply": 1, "reply-to-id": 31}));
    assert_eq!(answered.mj().send().expect(201)["msg"], "At the hotel");
    // The message that was answered since then still counts as the same record.
    assert_eq!(load(&world, "seed.json", &project_seed().to_string())["messages"]["unchanged"], 10);
}

#[test]
fn a_later_file_builds_on_those_before_it() {
    let world = empty();
    let seed = project_seed();
    let accounts = world.file("accounts.json", &json!({"accounts": seed["accounts"]}).to_string());
    let messages = world.file("messages.json", &json!({"messages": seed["messages"]}).to_string());
    let (accounts, messages) = (accounts.to_str().unwrap(), messages.to_str().unwrap());
    assert_eq!(blamed(&failure(&world, &["seed", messages, accounts], 3)).len(), 21);
    assert_eq!(counts(&world), (0, 0));
    let loaded = answer(&world, &["seed", accounts, messages]);
    assert_eq!(loaded["files"][0]["accounts"]["created"], 7);
    assert_eq!(loaded["files"][1]["messages"]["created"], 10);
    // The parent of a reply may be stored already. Then it does not have to be in the file.
    let reply = json!({"id": 41, "from": "jordan", "to": "kobe", "msg": "On the floor.", "reply-to-id": 25,
        "sent-at": "2026-02-03T10:22:00Z"});
    assert_eq!(load(&world, "more.json", &json!({"messages": [reply]}).to_string())["messages"]["created"], 1);
    let server = world.serve();
    let replies = server.get("/listreplies/25").mj().send().expect(200);
    assert_eq!(replies["replies"][0]["id"], "41");
}

#[test]
fn posts_follows_and_likes_build_on_what_is_stored() {
    let world = empty();
    load(&world, "seed.json", &project_seed().to_string());
    let later = json!({
        "posts": [
            {"id": 21, "username": "MJ", "text": "Twice.", "reply-to-id": 1, "created-at": "2026-02-08T08:00:00Z"},
            {"id": 22, "username": "mj", "repost-of": 1, "created-at": "2026-02-08T08:01:00Z"},
            {"id": 23, "username": "mj", "repost-of": 21, "text": null, "created-at": "2026-02-08T08:02:00Z"},
        ],
        "follows": [{"follower": "Chris", "followed": "mj"}],
        "likes": [{"username": "jordan", "post": 1}, {"username": "jordan", "post": "21"}],
    });
    for fate in [("created", "unchanged"), ("unchanged", "created")] {
        let loaded = load(&world, "later.json", &later.to_string());
        for (kind, count) in [("posts", 3), ("follows", 1), ("likes", 2)] {
            assert_eq!((&loaded[kind][fate.0], &loaded[kind][fate.1]), (&json!(count), &json!(0)), "{kind}: {loaded}");
        }
    }
    assert_eq!(answer(&world, &["doctor"])["healthy"], json!(true));
}

/// A record may depend on the one before it, so none may be written too early.
#[test]
fn long_threads_are_loaded_in_their_order() {
    let world = empty();
    let mut text = lines();
    for number in 0..300 {
        let mut post = json!({"id": 1_000 + number, "username": "mj", "text": format!("{number}"),
            "created-at": "2026-03-01T08:00:00Z"});
        if number % 100 > 0 {
            post["reply-to-id"] = json!(1_000 + number - 1);
        }
        writeln!(text, "{}", json!({ "post": post })).unwrap();
        writeln!(text, "{}", json!({"like": {"username": "kobe", "post": 1_000 + number}})).unwrap();
    }
    let loaded = load(&world, "threads.jsonl", &text);
    assert_eq!((&loaded["posts"]["created"], &loaded["likes"]["created"]), (&json!(313), &json!(307)), "{loaded}");
    let loaded = load(&world, "threads.jsonl", &text);
    assert_eq!((&loaded["posts"]["unchanged"], &loaded["likes"]["unchanged"]), (&json!(313), &json!(307)), "{loaded}");
}

#[test]
fn what_was_loaded_before_a_file_with_faults_is_told() {
    let world = empty();
    let good = world.file("good.json", &project_seed().to_string());
    let bad = world.file("bad.json", "{");
    let output = admin(&world, &["--json", "seed", good.to_str().unwrap(), bad.to_str().unwrap()]);
    assert_eq!(output.code, Some(3), "{output:?}");
    assert_eq!(output.json()["files"][0]["messages"]["created"], 10);
    assert!(output.stderr.contains("bad.json") && !output.stderr.contains("good.json"), "{output:?}");
}
