//! The cost of a request, in calls to the item store.

use twclone_testkit::{Answer, Call, DeletionFixture, Server, World, json, metric_in};

use crate::people::{self, PASSWORD};

const OPERATIONS: [&str; 5] = ["get", "batch_get", "query", "transact", "batch_write"];

/// Returns the number of calls so far.
fn count(server: &Server) -> [u64; 5] {
    let metrics = server.metrics();
    OPERATIONS.map(|name| metric_in(&metrics, &format!("twclone_store_calls_total{{operation=\"{name}\"}}")))
}

/// Returns the calls that a request makes, in the order of [`OPERATIONS`].
fn cost(server: &Server, call: Call, status: u16) -> ([u64; 5], Answer) {
    let before = count(server);
    let answer = call.send();
    assert_eq!(answer.status, status, "{answer:?}");
    let after = count(server);
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
        // The page contains questions, and their answers are stored elsewhere.
        (server.get("/listmsg/mj").mj(), 200, [0, 1, 1, 0, 0]),
        (server.get("/listmsg/kobe?box=all").mj(), 200, [0, 0, 2, 0, 0]),
        (server.get("/listmsg/kobe?box=all&with=jordan").mj(), 200, [0, 0, 2, 0, 0]),
        (server.get("/listreplies/24").mj(), 200, [1, 0, 1, 0, 0]),
        (server.post("/listmsg/kobe/read", &json!({"up-to": 24})).mj(), 200, [0, 0, 1, 2, 0]),
        (server.post("/listmsg/mj/read", &json!({"up-to": 24})).mj(), 200, [0, 0, 1, 1, 0]),
        (server.get("/users/all"), 200, [0; 5]),
        (server.post("/login", &json!({"username": "mj", "password": "bulls"})), 200, [0; 5]),
        (server.post("/sendmsg", &json!({"to": "nobody", "msg": "x"})).mj(), 404, [0; 5]),
        // The owner could have blocked the caller, and would not exist for the caller then.
        (server.get("/listmsg/chris").mj(), 403, [1, 0, 0, 0, 0]),
        (server.get("/listmsg/kobe?with=chris").mj(), 200, [1, 0, 3, 0, 0]),
    ] {
        let told = format!("{call:?}");
        assert_eq!(cost(&server, call, status).0, expected, "{told}");
    }
}

#[test]
fn what_is_done_with_posts_costs_what_the_schema_says() {
    let world = World::new();
    let server = world.serve_seeded();
    let chris = |call: Call| call.basic("chris", "password2");
    let steve = |call: Call| call.basic("steve", "password2");
    let tweet = json!({"tweet": "Practice moves to nine."});
    let (spent, answer) = cost(&server, chris(server.post("/postTweet", &tweet)), 201);
    assert_eq!(spent, [0, 0, 0, 1, 0]);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let post = format!("/posts-api/v1/posts/{id}");
    let at = |path: &str| format!("{post}{path}");
    let delegate = json!({"tweet": "From the delegate.", "username": "jordan"});
    let (repost, comment, edit) = (json!({"id": id}), json!({"content": "Well."}), json!({"content": "At ten."}));
    let json = |method: &str, path: &str, body: &twclone_testkit::Value| {
        server.call(method, path).body("application/json", body.to_string())
    };
    for (call, status, expected) in [
        (server.post("/postTweet", &delegate).mj().header("Idempotency-Key", "k"), 201, [0, 0, 0, 1, 0]),
        (steve(server.call("POST", &at("/like"))), 200, [2, 2, 0, 1, 0]),
        (steve(server.call("DELETE", &at("/like"))), 200, [2, 1, 0, 1, 0]),
        (steve(server.post(&at("/comments"), &comment)), 201, [1, 1, 0, 1, 0]),
        (steve(server.post("/repost", &repost)), 201, [1, 2, 0, 1, 0]),
        (chris(json("PUT", &post, &edit)), 200, [2, 2, 1, 1, 0]),
        (server.get(&at("/comments")), 200, [1, 2, 1, 0, 0]),
        (server.get(&at("/history")), 200, [1, 1, 1, 0, 0]),
        (server.get("/userTimeline?username=chris"), 200, [0, 1, 1, 0, 0]),
        (steve(server.get("/userTimeline?username=chris")), 200, [1, 1, 1, 0, 0]),
    ] {
        let told = format!("{call:?}");
        assert_eq!(cost(&server, call, status).0, expected, "{told}");
    }
    // One query for the list of partitions, and one for each existing one of this week's four.
    let [get, batch_get, query, transact, batch_write] = cost(&server, server.get("/publicTimeline?limit=1"), 200).0;
    assert!((2..=5).contains(&query), "{query} queries");
    assert_eq!([get, batch_get, transact, batch_write], [0, 1, 0, 0]);
    assert_eq!(cost(&server, chris(server.call("DELETE", &post)), 204).0, [1, 0, 0, 1, 0]);
}

#[test]
fn a_home_timeline_costs_the_same_however_many_are_followed() {
    let world = World::new();
    let server = world.serve_seeded();
    let reader = people::sign_up(&server, "reader");
    let home = || server.get("/homeTimeline").basic(&reader, PASSWORD);
    let follow = |author: &str| {
        let body = json!({"usernameToFollow": author}).to_string();
        server.call("PUT", "/follow").body("application/json", body).basic(&reader, PASSWORD)
    };
    for count in 1..=12 {
        let author = people::sign_up(&server, "author");
        people::post(&server, &author, "Hello.");
        // The post's own job reads the author, too, and a transaction that conflicts with it is retried.
        people::eventually("no job waits", || {
            let lag = world.admin(&["timelines", "lag", "--json"]).json();
            (lag["waiting"] == 0).then_some(())
        });
        assert_eq!(cost(&server, follow(&author), 200).0, [0, 0, 0, 1, 0]);
        people::eventually("all is brought", || {
            let (spent, answer) = cost(&server, home(), 200);
            assert_eq!(answer.json()["tweets"].as_array().unwrap().len(), count, "{answer:?}");
            // While an author is pulled, the author's posts cost one more query.
            assert!(spent[2] <= 3 && spent[1] == 1, "{spent:?}");
            (spent == [0, 1, 2, 0, 0]).then_some(())
        });
    }
    let author = people::sign_up(&server, "author");
    assert_eq!(cost(&server, follow(&author), 200).0, [0, 0, 0, 1, 0]);
    // The two accounts have a relationship now, which has to be read.
    assert_eq!(cost(&server, follow(&author), 200).0, [1, 0, 0, 1, 0]);
    let unfollow = json!({"usernameToRemove": author});
    assert_eq!(cost(&server, server.post("/unfollow", &unfollow).basic(&reader, PASSWORD), 200).0, [1, 0, 0, 1, 0]);
    let block = |method| server.call(method, &format!("/users/{reader}/blocks/{author}")).basic(&reader, PASSWORD);
    assert_eq!(cost(&server, block("PUT"), 204).0, [4, 0, 0, 1, 0]);
    assert_eq!(cost(&server, block("DELETE"), 204).0, [2, 0, 0, 1, 0]);
}

#[test]
fn a_deletion_costs_a_read_and_a_transaction_a_message() {
    let world = World::new();
    let fixture = DeletionFixture::new(80);
    let file = world.file("doomed.jsonl", &fixture.seed());
    let server = world.serve_with(&["--seed", file.to_str().unwrap()]);
    let before = count(&server);
    DeletionFixture::delete(&server);
    DeletionFixture::finished(&world);
    let after = count(&server);
    let [get, batch_get, query, transact, batch_write] = std::array::from_fn(|place| after[place] - before[place]);
    // Some of the transactions write account profiles.
    assert!((80..=90).contains(&transact), "{transact} transactions");
    // Each round reads once whether the fence is up, which is raised at once.
    assert!((2..=10).contains(&get), "{get} gets");
    assert_eq!((batch_get, batch_write), (80, 1));
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

#[test]
fn the_shop_costs_what_the_schema_says() {
    let world = World::new();
    let server = world.serve_seeded();
    let made = world.admin(&["users", "role", "mj", "admin"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let put = |path: &str, body: &twclone_testkit::Value| {
        server.call("PUT", path).body("application/json", body.to_string()).mj()
    };
    let add = || server.post("/addToCars/mj", &json!({"product_id": 1, "quantity": 1})).mj();
    let (spent, answer) = cost(&server, add(), 201);
    assert_eq!(spent, [1, 0, 0, 1, 0]);
    let line = answer.header("location").unwrap().to_owned();
    let (price, more, none) = (json!({"price": 1}), json!({"quantity": 2}), json!({"quantity": 0}));
    for (call, status, expected) in [
        (server.get("/products"), 200, [0, 0, 1, 0, 0]),
        (server.get("/product/1"), 200, [1, 0, 0, 0, 0]),
        (put("/product/1", &price), 200, [1, 0, 0, 1, 0]),
        (put("/product/1", &price).header("If-Match", "\"1\""), 200, [2, 0, 0, 1, 0]),
        (put("/product/1", &price).header("If-Match", "\"1\""), 412, [1, 0, 0, 0, 0]),
        (add().header("Idempotency-Key", "k"), 201, [1, 0, 0, 1, 0]),
        (server.get("/addToCars/mj").mj(), 200, [0, 0, 1, 0, 0]),
        (server.get(&line).mj(), 200, [1, 0, 0, 0, 0]),
        (put(&line, &more), 200, [2, 0, 0, 1, 0]),
        (put(&line, &none), 204, [1, 0, 0, 1, 0]),
    ] {
        let told = format!("{call:?}");
        assert_eq!(cost(&server, call, status).0, expected, "{told}");
    }
}
