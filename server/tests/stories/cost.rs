//! What a request costs, in calls to the store of items.

use twclone_testkit::{Answer, Call, Doomed, Server, World, json};

const OPERATIONS: [&str; 5] = ["get", "batch_get", "query", "transact", "batch_write"];

/// The calls that a request makes, in the order of [`OPERATIONS`].
fn cost(server: &Server, call: Call, status: u16) -> ([u64; 5], Answer) {
    let count = || OPERATIONS.map(|name| server.metric(&format!("twclone_store_calls_total{{operation=\"{name}\"}}")));
    let before = count();
    let answer = call.send();
    assert_eq!(answer.status, status, "{answer:?}");
    let after = count();
    (std::array::from_fn(|place| after[place] - before[place]), answer)
}

#[test]
fn each_request_costs_what_the_schema_says() {
    let world = World::new();
    let server = world.serve_seeded();
    let send = json!({"to": "kobe", "from": "jordan", "msg": "testing"});
    let reply = json!({"to": "jordan", "from": "kobe", "msg": "hello", "reply-to-id": 24});
    let choose = json!({"to": "kobebryant", "from": "mj", "quick-reply": 2});
    for (call, status, expected) in [
        (server.post("/sendmsg", &send).mj(), 201, [1, 0, 0, 1, 0]),
        (server.post("/sendmsg", &send).mj().header("Idempotency-Key", "k"), 201, [1, 0, 0, 1, 0]),
        (server.post("/replyto", &reply).mj(), 201, [1, 0, 0, 1, 0]),
        (server.post("/replyto", &choose).mj(), 201, [2, 0, 1, 1, 0]),
        (server.get("/listmsg/kobe").mj(), 200, [0, 0, 1, 0, 0]),
        (server.get("/listmsg/kobe?box=sent").mj(), 200, [0, 0, 1, 0, 0]),
        (server.get("/listmsg/kobe?with=jordan").mj(), 200, [0, 0, 1, 0, 0]),
        (server.get("/listmsg/kobe?unread=true").mj(), 200, [0, 0, 1, 0, 0]),
        // There are questions on the page, and what answered them stands elsewhere.
        (server.get("/listmsg/mj").mj(), 200, [0, 1, 1, 0, 0]),
        (server.get("/listmsg/kobe?box=all").mj(), 200, [0, 0, 2, 0, 0]),
        (server.get("/listmsg/kobe?box=all&with=jordan").mj(), 200, [0, 0, 2, 0, 0]),
        (server.get("/listreplies/24").mj(), 200, [1, 0, 1, 0, 0]),
        (server.post("/listmsg/kobe/read", &json!({"up-to": 24})).mj(), 200, [0, 0, 1, 2, 0]),
        (server.post("/listmsg/mj/read", &json!({"up-to": 24})).mj(), 200, [0, 0, 1, 1, 0]),
        (server.get("/users/all"), 200, [0; 5]),
        (server.post("/login", &json!({"username": "mj", "password": "bulls"})), 200, [0; 5]),
        (server.post("/sendmsg", &json!({"to": "nobody", "msg": "x"})).mj(), 404, [0; 5]),
        (server.get("/listmsg/chris").mj(), 403, [0; 5]),
    ] {
        let told = format!("{call:?}");
        assert_eq!(cost(&server, call, status).0, expected, "{told}");
    }
}

#[test]
fn a_deletion_costs_a_read_and_a_transaction_a_message() {
    let world = World::new();
    let doomed = Doomed::new(80);
    let file = world.file("doomed.jsonl", &doomed.seed());
    let server = world.serve_with(&["--seed", file.to_str().unwrap()]);
    let count = || OPERATIONS.map(|name| server.metric(&format!("twclone_store_calls_total{{operation=\"{name}\"}}")));
    let before = count();
    Doomed::delete(&server);
    Doomed::finished(&world);
    let after = count();
    let [get, batch_get, query, transact, batch_write] = std::array::from_fn(|place| after[place] - before[place]);
    // Some bring the profiles of accounts, or renew the worker number.
    assert!((80..=90).contains(&transact), "{transact} transactions");
    assert_eq!((get, batch_get, batch_write), (0, 80, 0));
    assert!(query < 50, "{query} queries");
}

#[test]
fn a_list_costs_the_same_however_long_it_is() {
    let world = World::new();
    let server = world.serve_seeded();
    for _ in 0..120 {
        server.post("/sendmsg", &json!({"to": "kobe", "msg": "more"})).mj().send().expect(201);
    }
    let (first, answer) = cost(&server, server.get("/listmsg/kobe?limit=50").mj(), 200);
    assert_eq!(first, [0, 0, 1, 0, 0]);
    let next = format!("/listmsg/kobe?limit=50&cursor={}", answer.json()["next"].as_str().unwrap());
    assert_eq!(cost(&server, server.get(&next).mj(), 200).0, [0, 0, 1, 0, 0]);
}
