//! Dialect 5: tweets page by page, and followers; products and carts.

mod carts;
mod products;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use twclone_testkit::{Call, Client, Value, World, json};

use crate::fanout::seen;
use crate::people::{self, PASSWORD, text};

#[test]
fn tweets_come_page_by_page() {
    let world = World::new();
    let server = people::serve(&world);
    let author = people::sign_up(&server, "author");
    let tweet = |number| {
        let call = server.post(&format!("/tweets/{author}"), &json!({"content": format!("number {number}")}));
        text(&call.basic(&author, PASSWORD).send().expect(201)["id"])
    };
    let mut wanted: Vec<_> = (0..25).map(tweet).collect();
    wanted.reverse();
    for list in ["/tweets".to_owned(), format!("/tweets/{author}")] {
        for (page, part) in [(1, &wanted[..10]), (2, &wanted[10..20]), (3, &wanted[20..]), (4, &[])] {
            let path = format!("{list}?limit=10&page={page}");
            let answer = server.get(&path).send();
            let found = answer.expect(200);
            assert_eq!((&found["page"], &found["limit"]), (&json!(page), &json!(10)), "{path}");
            assert_eq!((found.get("next"), answer.header("link")), (None, None), "{path}");
            assert_eq!(seen(&server, &author, &path), part, "{path}");
        }
        // From the first page on, cursors lead through the whole list.
        let answer = server.get(&format!("{list}?limit=10")).send();
        let first = answer.expect(200);
        assert_eq!(first["page"], 1);
        assert!(answer.header("link").unwrap().contains("rel=\"next\""));
        let (mut found, mut page) = (first["tweets"].as_array().unwrap().clone(), first);
        while let Some(next) = page["next"].as_str() {
            page = server.get(&format!("{list}?limit=10&cursor={next}")).send().expect(200);
            assert_eq!((page.get("page"), &page["limit"]), (None, &json!(10)));
            found.extend(page["tweets"].as_array().unwrap().iter().cloned());
        }
        assert_eq!(found.iter().map(|tweet| text(&tweet["id"])).collect::<Vec<_>>(), wanted);
        assert_eq!(server.get(&list).send().expect(200)["tweets"].as_array().unwrap().len(), 20);
    }
    let next = text(&server.get("/tweets?limit=10").send().expect(200)["next"]);
    server.get(&format!("/tweets/{author}?limit=10&cursor={next}")).send().problem(400);
}

#[test]
fn pages_by_number_end_at_the_thousandth_tweet() {
    let world = World::new();
    let server = people::serve(&world);
    let author = people::sign_up(&server, "author");
    for list in ["/tweets".to_owned(), format!("/tweets/{author}")] {
        for query in ["limit=100&page=10", "limit=1&page=1000", "page=50"] {
            server.get(&format!("{list}?{query}")).send().expect(200);
        }
        for query in ["limit=100&page=11", "limit=1&page=1001", "page=51", "page=99999999999"] {
            let refused = server.get(&format!("{list}?{query}")).send();
            assert_eq!(refused.blamed(), ["page"], "{query}");
            assert!(refused.json()["errors"][0]["message"].as_str().unwrap().contains("cursor"), "{refused:?}");
        }
        for (query, field) in [
            ("page=0", "page"),
            ("page=-1", "page"),
            ("page=x", "page"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("page=1&cursor=AAAA", "cursor"),
            ("start=10", "start"),
        ] {
            assert_eq!(server.get(&format!("{list}?{query}")).send().blamed(), [field], "{query}");
        }
        server.get(&format!("{list}?cursor=AAAA")).send().problem(400);
    }
    server.get("/tweets/nobody_there").send().problem(404);
}

#[test]
fn a_tweet_can_be_changed_by_its_author() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, other) = (people::sign_up(&server, "author"), people::sign_up(&server, "other"));
    let create = |name: &str, content: &str| {
        let call = server.post(&format!("/tweets/{author}"), &json!({"content": content})).basic(name, PASSWORD);
        call.header("Idempotency-Key", "key-1").send()
    };
    create(&other, "hello").problem(403);
    let answer = create(&author, "hello");
    let made = answer.expect(201);
    let id = text(&made["id"]);
    assert_eq!(answer.header("location"), Some(format!("/tweet/{id}").as_str()));
    let account = server.get(&format!("/user/data/{author}")).send().expect(200)["id"].clone();
    let at = made["created_at"].clone();
    let whole =
        |content| json!({"id": id, "user_id": account, "username": author, "content": content, "created_at": at});
    assert_eq!(made, whole("hello"));
    let again = create(&author, "hello");
    assert_eq!((again.expect(201), again.header("idempotency-replayed")), (made, Some("true")));
    let put = |name: &str, body: Value| {
        let call = server.call("PUT", &format!("/tweet/{id}")).body("application/json", body.to_string());
        call.basic(name, PASSWORD).send()
    };
    put(&other, json!({"content": "mine"})).problem(403);
    assert_eq!(put(&author, json!({"content": ""})).blamed(), ["content"]);
    assert_eq!(put(&author, json!({})).blamed(), ["content"]);
    assert_eq!(put(&author, json!({"content": "hello again"})).expect(200), whole("hello again"));
    assert_eq!(server.get(&format!("/tweet/{id}")).send().expect(200), whole("hello again"));
    server.get("/tweet/12345").send().problem(404);
    let nowhere = server.call("PUT", "/tweet/12345").body("application/json", r#"{"content": "x"}"#);
    nowhere.basic(&author, PASSWORD).send().problem(404);
}

#[test]
fn followers_come_and_go() {
    let world = World::new();
    let server = people::serve(&world);
    let [one, other, star] = ["one", "other", "star"].map(|role| people::sign_up(&server, role));
    let path = format!("/followers/{star}");
    let by = |call: Call, name: &str| call.basic(name, PASSWORD).send();
    let answer = by(server.call("POST", &path), &one);
    let made = answer.expect(201);
    assert_eq!((&made["username"], &made["following"]), (&json!(star), &json!(true)));
    assert!(made["since"].is_string(), "{made}");
    assert_eq!(answer.header("location"), Some(path.as_str()));
    by(server.call("POST", &path), &one).problem(409);
    let keyed = || by(server.call("POST", &path).header("Idempotency-Key", "key-1"), &other);
    assert_eq!(keyed().expect(201), keyed().expect(201));
    assert_eq!(keyed().header("idempotency-replayed"), Some("true"));
    let list = |query: &str| server.get(&format!("{path}{query}")).send().expect(200);
    let names = |page: &Value| -> Vec<_> {
        page["followers"].as_array().unwrap().iter().map(|follower| text(&follower["username"])).collect()
    };
    assert_eq!(names(&list("")), [other.as_str(), &one]);
    let first = list("?limit=1");
    let id = server.get(&format!("/user/data/{other}")).send().expect(200)["id"].clone();
    assert_eq!((&first["followers"][0]["user_id"], names(&first)), (&id, vec![other.clone()]));
    assert_eq!(names(&list(&format!("?limit=1&cursor={}", text(&first["next"])))), [one.as_str()]);
    by(server.call("POST", &format!("/followers/{one}")), &one).problem(409);
    by(server.call("POST", "/followers/nobody_there"), &one).problem(404);
    by(server.post(&path, &json!({"follower": one})), &other).problem(403);
    let left = by(server.call("DELETE", &path), &one).expect(200);
    assert_eq!(left, json!({"username": star, "following": false}));
    by(server.call("DELETE", &path), &one).problem(404);
    assert_eq!(names(&list("")), [other.as_str()]);
    server.get("/followers/nobody_there").send().problem(404);
}

#[test]
fn who_does_not_say_what_he_accepts_gets_440() {
    let world = World::new();
    let server = people::serve(&world);
    let address = server.address().strip_prefix("http://").unwrap().to_owned();
    for (method, path) in [
        ("GET", "/tweets"),
        ("GET", "/tweets/mj"),
        ("POST", "/tweets/mj"),
        ("GET", "/tweet/1"),
        ("PUT", "/tweet/1"),
        ("GET", "/followers/mj"),
        ("POST", "/followers/mj"),
        ("DELETE", "/followers/mj"),
    ] {
        // The client of the other tests always sends `Accept`.
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 440 "), "{method} {path}: {answer}");
        assert!(answer.contains("application/problem+json"), "{method} {path}: {answer}");
    }
}

/// Adds one to a number that others change, too: reads it, and changes what it has read until `If-Match` holds.
fn until_it_fits(server: &Client, name: &str, path: &str, field: &str) {
    for _ in 0..10_000 {
        let read = server.get(path).basic(name, PASSWORD).send();
        let more = read.expect(200)[field].as_u64().unwrap() + 1;
        let put = server.call("PUT", path).body("application/json", json!({field: more}).to_string());
        let answer = put.basic(name, PASSWORD).header("If-Match", read.header("etag").unwrap()).send();
        match answer.status {
            200 => return,
            412 => {}
            _ => panic!("{answer:?}"),
        }
    }
    panic!("{path} is never what was read");
}
