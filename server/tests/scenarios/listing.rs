use std::sync::atomic::{AtomicBool, Ordering};

use twclone_testkit::{Answer, Server, Value, World, json};

fn send(server: &Server, from: &str, to: &str, text: &str) -> String {
    let body = json!({"from": from, "to": to, "msg": text});
    server.post("/sendmsg", &body).mj().send().expect(201)["id"].as_str().unwrap().to_owned()
}

fn ids(list: &Value) -> Vec<String> {
    let messages = list["messages"].as_array().unwrap();
    messages.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect()
}

/// Follows `next` from a path to the last page.
pub(crate) fn walk(server: &Server, path: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = server.get(&format!("{path}{cursor}")).mj().send();
        let page = answer.expect(200);
        let items = page.get("messages").or_else(|| page.get("replies")).unwrap();
        found.extend(items.as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            None => {
                assert_eq!(answer.header("link"), None);
                return found;
            }
            Some(next) => {
                assert!(answer.header("link").unwrap().contains(&format!("cursor={next}>; rel=\"next\"")));
                cursor = format!("&cursor={next}");
            }
        }
    }
}

#[test]
fn each_box_holds_its_own() {
    let world = World::new();
    let server = world.serve_seeded();
    let received = send(&server, "kobebryant", "kobe", "in");
    let sent = send(&server, "kobe", "kobebryant", "out");
    let other = send(&server, "kobe", "scottie", "elsewhere");
    let list = |path: &str| ids(&server.get(path).mj().send().expect(200));
    assert_eq!(list("/listmsg/kobe")[0], received);
    assert_eq!(list("/listmsg/kobe?box=inbox"), list("/listmsg/3"));
    assert_eq!(list("/listmsg/kobe?box=sent")[..2], [other.clone(), sent.clone()]);
    assert_eq!(list("/listmsg/kobe?box=all")[..3], [other.clone(), sent.clone(), received.clone()]);
    assert_eq!(list("/listmsg/kobe?with=kobebryant"), [received.as_str()]);
    assert_eq!(list("/listmsg/kobe?with=KobeBryant&box=sent"), [sent.as_str()]);
    assert_eq!(list("/listmsg/kobe?with=4&box=all"), [sent.as_str(), &received]);
    assert_eq!(list("/listmsg/kobe?with=scottie"), [""; 0]);
    server.get("/listmsg/kobe?with=nobody").mj().send().problem(404);
    server.get("/listmsg/nobody").mj().send().problem(404);
    server.get("/listmsg/chris").mj().send().problem(403);
    server.get("/listmsg/kobe").send().problem(401);
}

#[test]
fn pages_add_up() {
    let world = World::new();
    let server = world.serve_seeded();
    let mut wanted: Vec<_> =
        (0..23).map(|count| send(&server, "kobe", "scottie", &format!("number {count}"))).collect();
    wanted.reverse();
    for limit in [1, 7, 22, 23, 24, 100] {
        let found = walk(&server, &format!("/listmsg/kobe?box=sent&with=scottie&limit={limit}"));
        let found: Vec<_> = found.iter().map(|message| message["id"].as_str().unwrap()).collect();
        assert_eq!(found, wanted, "limit {limit}");
    }
    let all = walk(&server, "/listmsg/kobe?box=all&limit=3");
    let order: Vec<i64> = all.iter().map(|message| message["id"].as_str().unwrap().parse().unwrap()).collect();
    assert!(order.is_sorted_by(|newer, older| newer > older), "{order:?}");
    assert_eq!(order.len(), 23 + 3, "the seed has three of kobe's");
}

#[test]
fn replies_come_oldest_first_page_by_page() {
    let world = World::new();
    let server = world.serve_seeded();
    for count in 0..9 {
        let body = json!({"from": "kobe", "to": "jordan", "msg": format!("number {count}"), "reply-to-id": 24});
        server.post("/replyto", &body).mj().send().expect(201);
    }
    let found = walk(&server, "/listreplies/24?limit=4");
    assert_eq!(found.len(), 10);
    assert_eq!(found[0]["id"], "25");
    assert_eq!(found[9]["msg"], "number 8");
}

#[test]
fn nothing_is_skipped_or_repeated_while_others_write() {
    let world = World::new();
    let server = world.serve_seeded();
    let mut wanted: Vec<_> = (0..60).map(|count| send(&server, "kobe", "jordan", &format!("{count}"))).collect();
    wanted.reverse();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    send(&server, "kobe", "jordan", "meanwhile");
                }
            });
        }
        let walks: Vec<_> = (0..3).map(|_| walk(&server, "/listmsg/jordan?limit=7")).collect();
        stop.store(true, Ordering::Relaxed);
        for found in walks {
            let found = found.iter().filter(|message| message["msg"] != "meanwhile");
            let found: Vec<_> = found.map(|message| message["id"].as_str().unwrap()).collect();
            assert_eq!(found[..60], wanted);
            assert_eq!(found.len(), 62, "the seed's two");
        }
    });
}

#[test]
fn a_cursor_is_bound_to_its_list_and_caller() {
    let world = World::new();
    let server = world.serve_seeded();
    let next = server.get("/listmsg/kobe?limit=1&box=all").mj().send().expect(200)["next"].as_str().unwrap().to_owned();
    let mut flipped = next.clone().into_bytes();
    flipped[3] = if flipped[3] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    let refuse = |answer: Answer| assert_eq!(answer.problem(400)["errors"][0]["field"], "cursor");
    for list in [
        "/listmsg/kobe?box=inbox",
        "/listmsg/jordan?box=all",
        "/listmsg/kobe?box=all&with=jordan",
        "/listmsg/kobe?box=all&unread=true",
        "/listreplies/24?",
    ] {
        refuse(server.get(&format!("{list}&cursor={next}")).mj().send());
    }
    for cursor in [flipped.as_str(), "AAAA", "%20", "-", &next[1..]] {
        refuse(server.get(&format!("/listmsg/kobe?box=all&cursor={cursor}")).mj().send());
    }
    server.get(&format!("/listmsg/kobe?box=all&cursor={next}")).mj().send().expect(200);
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let world = World::new();
    let server = world.serve_seeded();
    for path in ["/listmsg/kobe", "/listreplies/24", "/users/all", "/openapi.json"] {
        let first = server.get(path).mj().send();
        let tag = first.header("etag").unwrap();
        let second = server.get(path).mj().header("If-None-Match", &format!("\"other\", W/{tag}")).send();
        assert_eq!((second.status, second.text.as_str()), (304, ""));
        assert_eq!(second.header("etag"), Some(tag));
        assert_eq!(server.get(path).mj().header("If-None-Match", "\"other\"").send().status, 200);
    }
    let private = server.get("/listmsg/kobe").mj().send();
    assert_eq!(private.header("cache-control"), Some("private, no-cache"));
    let tag = private.header("etag").unwrap();
    send(&server, "jordan", "kobe", "news");
    assert_eq!(server.get("/listmsg/kobe").mj().header("If-None-Match", tag).send().status, 200);
}

#[test]
fn users_are_listed_without_secrets() {
    let world = World::new();
    let server = world.serve_seeded();
    let all = server.get("/users/all").send();
    let names: Vec<_> =
        all.expect(200)["users"].as_array().unwrap().iter().map(|user| user["username"].clone()).collect();
    assert_eq!(names, ["scottie", "steve", "chris", "kobebryant", "kobe", "jordan", "mj"]);
    assert!(!all.text.contains('@') && !all.text.contains("$2"), "{all:?}");
    let first = server.get("/users/all?limit=3").send().expect(200);
    let rest = server.get(&format!("/users/all?limit=9&cursor={}", first["next"].as_str().unwrap())).send().expect(200);
    assert_eq!(rest["users"][0]["username"], "kobebryant");
    assert_eq!(rest["next"], json!(null));
}
