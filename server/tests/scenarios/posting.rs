//! Tweets, follows and the three timelines in the dialect of direct messages.

use twclone_testkit::{Answer, Call, Server, Value, World, json};

use crate::people::{self, PASSWORD, each, eventually, text, walk};

fn put(server: &Server, path: &str, body: &Value) -> Call {
    server.call("PUT", path).body("application/json", body.to_string())
}

/// Returns the ids on an account's home timeline.
fn home(server: &Server, name: &str) -> Vec<String> {
    let page = server.get("/homeTimeline").basic(name, PASSWORD).send().expect(200);
    each(page["tweets"].as_array().unwrap(), "id")
}

fn follow(server: &Server, who: &str, whom: &str) -> Answer {
    put(server, "/follow", &json!({"usernameToFollow": whom})).basic(who, PASSWORD).send()
}

fn unfollow(server: &Server, who: &str, whom: &str) -> Answer {
    server.post("/unfollow", &json!({"usernameToRemove": whom})).basic(who, PASSWORD).send()
}

#[test]
fn a_tweet_is_on_all_timelines_where_it_belongs() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, fan, other) = ["author", "fan", "other"].map(|role| people::sign_up(&server, role)).into();
    follow(&server, &fan, &author).expect(200);

    let body = json!({"username": author, "tweet": "I'm back."});
    let posted = server.post("/postTweet", &body).basic(&author, PASSWORD).send();
    let tweet = posted.expect(201);
    assert_eq!((&tweet["username"], &tweet["tweet"]), (&json!(author), &json!("I'm back.")));
    assert_eq!(tweet.as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "username", "tweet", "timestamp"]);
    let id = text(&tweet["id"]);
    assert_eq!(posted.header("location"), Some(format!("/tweet/id/{id}").as_str()));

    // At once for everyone, and a moment later on the followers' home timelines.
    let by_name = server.get(&format!("/userTimeline?username={author}")).send();
    assert_eq!(by_name.expect(200), json!({"tweets": [tweet]}));
    assert_eq!(server.get("/publicTimeline").send().expect(200), json!({"tweets": [tweet]}));
    for name in [&author, &fan] {
        eventually("the home timeline", || (home(&server, name) == [id.as_str()]).then_some(()));
    }
    assert_eq!(home(&server, &other), [""; 0]);
}

#[test]
fn a_timeline_is_of_whom_the_query_or_the_body_names_or_of_the_caller() {
    let world = World::new();
    let server = people::serve(&world);
    let (one, other) = (people::sign_up(&server, "one"), people::sign_up(&server, "other"));
    let id = people::post(&server, &one, "Before the game.");
    let ids = |answer: Answer| each(answer.expect(200)["tweets"].as_array().unwrap(), "id");
    let body = |call: Call, body: &Value| call.body("application/json", body.to_string());

    assert_eq!(ids(server.get("/userTimeline").basic(&one, PASSWORD).send()), [id.as_str()]);
    assert_eq!(ids(server.get("/userTimeline").basic(&other, PASSWORD).send()), [""; 0]);
    let named = body(server.get("/userTimeline"), &json!({"username": one.to_uppercase(), "limit": 5}));
    assert_eq!(ids(named.send()), [id.as_str()]);
    let own = || body(server.get("/homeTimeline"), &json!({"username": one})).basic(&one, PASSWORD).send();
    eventually("the home timeline", || (ids(own()) == [id.as_str()]).then_some(()));

    assert_eq!(server.get("/userTimeline").send().blamed(), ["username"]);
    assert_eq!(body(server.get("/userTimeline?username=mj"), &json!({"username": "mj"})).send().blamed(), ["username"]);
    assert_eq!(server.get(&format!("/userTimeline?username={one}&page=2")).send().blamed(), ["page"]);
    assert_eq!(server.get(&format!("/userTimeline?username={one}&limit=0")).send().blamed(), ["limit"]);
    assert_eq!(server.get("/publicTimeline?username=mj").send().blamed(), ["username"]);
    server.get("/userTimeline?username=nobody_there").send().problem(404);
    server.get("/userTimeline").basic(&one, "wrong").send().problem(401);
    server.get("/homeTimeline").send().problem(401);
    server.get(&format!("/homeTimeline?username={one}")).basic(&other, PASSWORD).send().problem(403);
    assert_eq!(server.call("DELETE", "/homeTimeline").send().problem(405)["status"], 405);
}

#[test]
fn whoever_follows_sees_and_whoever_ends_it_sees_no_more() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, fan) = (people::sign_up(&server, "author"), people::sign_up(&server, "fan"));
    let before = people::post(&server, &author, "Before the game.");
    let profile = server.get(&format!("/user/data/{author}")).send().expect(200);

    let answer = json!({"username": fan, "usernameToFollow": author});
    // By name in any case, or by id. A second follow changes nothing.
    for followed in [author.clone(), author.to_uppercase(), text(&profile["id"])] {
        assert_eq!(follow(&server, &fan, &followed).expect(200), answer);
    }
    eventually("what was posted before", || (home(&server, &fan) == [before.as_str()]).then_some(()));
    let after = people::post(&server, &author, "After the game.");
    eventually("what is posted after", || (home(&server, &fan) == [after.as_str(), &before]).then_some(()));
    let counts = || {
        let profile = server.get(&format!("/user/data/{author}")).send().expect(200);
        profile["follower_count"].clone()
    };
    assert_eq!(counts(), 1);

    let answer = json!({"username": fan, "usernameToRemove": author});
    for followed in [author.to_uppercase(), author.clone(), text(&profile["id"])] {
        assert_eq!(unfollow(&server, &fan, &followed).expect(200), answer);
    }
    eventually("an empty home timeline", || home(&server, &fan).is_empty().then_some(()));
    assert_eq!(counts(), 0);
}

#[test]
fn nobody_follows_himself_or_for_others() {
    let world = World::new();
    let server = people::serve(&world);
    let (one, other) = (people::sign_up(&server, "one"), people::sign_up(&server, "other"));
    follow(&server, &one, &one).problem(409);
    follow(&server, &one, "nobody_there").problem(404);
    unfollow(&server, &one, "nobody_there").problem(404);
    let forged = json!({"username": other, "usernameToFollow": one});
    put(&server, "/follow", &forged).basic(&one, PASSWORD).send().problem(403);
    let forged = json!({"username": other, "usernameToRemove": one});
    server.post("/unfollow", &forged).basic(&one, PASSWORD).send().problem(403);
    assert_eq!(put(&server, "/follow", &json!({})).basic(&one, PASSWORD).send().blamed(), ["usernameToFollow"]);
    assert_eq!(server.post("/unfollow", &json!({})).basic(&one, PASSWORD).send().blamed(), ["usernameToRemove"]);
    put(&server, "/follow", &json!({"usernameToFollow": one})).send().problem(401);
}

#[test]
fn a_tweet_is_posted_once_and_holds_what_a_tweet_may() {
    let world = World::new();
    let server = people::serve(&world);
    let author = people::sign_up(&server, "author");
    let post = |tweet: &str| {
        server.post("/postTweet", &json!({"tweet": tweet})).basic(&author, PASSWORD).header("Idempotency-Key", "key")
    };
    let (first, second) = (post("once").send(), post("once").send());
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), (None, Some("true")));
    assert_eq!(post("another").send().problem(422)["type"], "/docs#problem-key-reused");

    let plain = |body: &Value| server.post("/postTweet", body).basic(&author, PASSWORD).send();
    for text in ["  spaces  ", "Zeile\nTab\t", "e\u{301} and é stay two", &*"👩‍👩‍👧‍👦".repeat(500)] {
        assert_eq!(plain(&json!({"tweet": text})).expect(201)["tweet"], text);
    }
    for text in ["", " \n", "nul \u{0}", &*"x".repeat(501)] {
        assert_eq!(plain(&json!({"tweet": text})).blamed(), ["tweet"]);
    }
    assert_eq!(plain(&json!({"msg": "hello"})).blamed(), ["tweet", "msg"]);
    let all = walk(|path| server.get(path).send(), &format!("/userTimeline?username={author}&limit=2"), "tweets");
    assert_eq!(all.len(), 5);
}

#[test]
fn a_delegate_posts_and_nobody_else_does() {
    let world = World::new();
    let server = world.serve_seeded();
    let body = json!({"username": "jordan", "tweet": "I'm back."});
    let tweet = server.post("/postTweet", &body).mj().send().expect(201);
    assert_eq!(tweet["username"], "jordan");
    let timeline = || server.get("/userTimeline?username=jordan&limit=100").send().expect(200);
    let before = timeline();
    assert_eq!(before["tweets"][0], tweet);
    server.post("/postTweet", &body).basic("chris", "password2").send().problem(403);
    server.post("/postTweet", &body).send().problem(401);
    assert_eq!(timeline(), before);
    server.get("/homeTimeline?username=jordan").mj().send().expect(200);
}

#[test]
fn timelines_come_in_pages() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, fan) = (people::sign_up(&server, "author"), people::sign_up(&server, "fan"));
    follow(&server, &fan, &author).expect(200);
    let mut wanted: Vec<_> = (0..7).map(|count| people::post(&server, &author, &format!("number {count}"))).collect();
    wanted.reverse();
    eventually("the home timeline", || (home(&server, &fan) == wanted).then_some(()));
    let ask = |path: &str| server.get(path).basic(&fan, PASSWORD).send();
    for limit in [1, 3, 7, 8] {
        for path in ["/homeTimeline?", "/publicTimeline?", &format!("/userTimeline?username={author}&")] {
            let found = walk(ask, &format!("{path}limit={limit}"), "tweets");
            assert_eq!(each(&found, "id"), wanted, "{path} {limit}");
        }
    }
    // A cursor is valid only for its list.
    let next = text(&ask("/homeTimeline?limit=1").expect(200)["next"]);
    for path in ["/publicTimeline?", "/userTimeline?"] {
        assert_eq!(ask(&format!("{path}cursor={next}")).problem(400)["type"], "/docs#problem-bad-cursor");
    }
    let other = server.get(&format!("/homeTimeline?cursor={next}")).basic(&author, PASSWORD).send();
    other.problem(400);
}

#[test]
fn a_repost_says_what_the_original_says() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, fan) = (people::sign_up(&server, "author"), people::sign_up(&server, "fan"));
    let id = people::post(&server, &author, "Before the game.");
    server.post("/repost", &json!({"id": id})).basic(&fan, PASSWORD).send().expect(201);
    let timeline = server.get(&format!("/userTimeline?username={fan}")).send().expect(200);
    let tweet = &timeline["tweets"][0];
    assert_eq!((&tweet["username"], &tweet["tweet"]), (&json!(fan), &json!("Before the game.")));
    assert_ne!(tweet["id"], id.as_str());
}
