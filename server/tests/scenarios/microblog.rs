//! Followers, posts, reposts and timelines of the microblog. Parameters may be in the query, in the body, or some in
//! each.

use twclone_testkit::{Answer, Server, Value, World, json};

use crate::people::{self, PASSWORD, each, eventually, text, walk};

fn call(server: &Server, method: &str, path: &str, body: &Value, name: &str) -> Answer {
    server.call(method, path).body("application/json", body.to_string()).basic(name, PASSWORD).send()
}

fn post(server: &Server, path: &str, name: &str) -> Answer {
    server.call("POST", path).basic(name, PASSWORD).send()
}

/// Returns the posts that a path lists to an anonymous client.
fn posts(server: &Server, path: &str) -> Vec<Value> {
    server.get(path).send().expect(200)["posts"].as_array().unwrap().clone()
}

#[test]
fn somebody_is_followed_once() {
    let world = World::new();
    let server = people::serve(&world);
    let (one, friend) = (people::sign_up(&server, "one"), people::sign_up(&server, "friend"));
    let follow = |path: &str, body: &Value| call(&server, "POST", path, body, &one);

    let keyed = || {
        let new = server.post("/followers/new", &json!({"friend_username": friend.to_uppercase()}));
        new.basic(&one, PASSWORD).header("Idempotency-Key", "key").send()
    };
    let answer = keyed();
    let made = answer.expect(201);
    assert_eq!(made.as_object().unwrap().keys().collect::<Vec<_>>(), ["username", "friend_username", "timestamp"]);
    assert_eq!((&made["username"], &made["friend_username"]), (&json!(one), &json!(friend)));
    let location = answer.header("location").unwrap();
    assert_eq!(location, format!("/followers/?username={friend}"));
    assert_eq!(server.get(location).send().expect(200), json!({"followers": [made]}));
    let again = keyed();
    assert_eq!((again.expect(201), again.header("idempotency-replayed")), (made, Some("true")));

    follow(&format!("/followers/new?friend_username={friend}"), &json!({})).problem(409);
    follow("/followers/new", &json!({"username": one, "friend_username": one})).problem(409);
    follow("/followers/new", &json!({"friend_username": "nobody_there"})).problem(404);
    follow("/followers/new", &json!({"username": friend, "friend_username": one})).problem(403);
    assert_eq!(follow("/followers/new", &json!({})).blamed(), ["friend_username"]);
    let twice = follow(&format!("/followers/new?friend_username={friend}"), &json!({"friend_username": friend}));
    assert_eq!(twice.blamed(), ["friend_username"]);
    server.post("/followers/new", &json!({"friend_username": friend})).send().problem(401);
}

#[test]
fn who_is_not_followed_cannot_be_unfollowed() {
    let world = World::new();
    let server = people::serve(&world);
    let (one, friend) = (people::sign_up(&server, "one"), people::sign_up(&server, "friend"));
    let unfollow = |body: &Value| call(&server, "DELETE", &format!("/unfollow?username={one}"), body, &one);
    let body = json!({"friend_username": friend});
    unfollow(&body).problem(404);
    call(&server, "POST", "/followers/new", &body, &one).expect(201);
    assert_eq!(unfollow(&body).expect(200), json!({"username": one, "friend_username": friend}));
    unfollow(&body).problem(404);
    unfollow(&json!({"friend_username": "nobody_there"})).problem(404);
    assert_eq!(unfollow(&json!({})).blamed(), ["friend_username"]);
    call(&server, "DELETE", "/unfollow", &json!({"username": one, "friend_username": friend}), &friend).problem(403);
    assert_eq!(server.get(&format!("/followers/?username={friend}")).send().expect(200), json!({"followers": []}));
}

#[test]
fn followers_come_in_pages_newest_first() {
    let world = World::new();
    let server = people::serve(&world);
    let friend = people::sign_up(&server, "friend");
    let mut wanted: Vec<_> = (0..5).map(|_| people::sign_up(&server, "fan")).collect();
    for fan in &wanted {
        call(&server, "POST", "/followers/new", &json!({"friend_username": friend}), fan).expect(201);
    }
    wanted.reverse();
    for limit in [2, 5, 100] {
        let path = format!("/followers/?username={friend}&limit={limit}");
        let found = walk(|path| server.get(path).send(), &path, "followers");
        assert_eq!(each(&found, "username"), wanted);
        assert!(found.iter().all(|entry| entry["friend_username"] == friend), "{found:?}");
    }
    let own = server.get("/followers/").basic(&friend, PASSWORD).send().expect(200);
    assert_eq!(each(own["followers"].as_array().unwrap(), "username"), wanted);
    assert_eq!(server.get("/followers/").send().blamed(), ["username"]);
    server.get("/followers/?username=nobody_there").send().problem(404);
    server.get(&format!("/followers/?username={friend}&cursor=x")).send().problem(400);
}

#[test]
fn a_post_is_posted_where_the_location_says() {
    let world = World::new();
    let server = people::serve(&world);
    let one = people::sign_up(&server, "one");
    let keyed = |message: &str| {
        let new = server.post(&format!("/posts/new?username={one}"), &json!({"message": message}));
        new.basic(&one, PASSWORD).header("Idempotency-Key", "key").send()
    };
    let answer = keyed("hello");
    let made = answer.expect(201);
    let fields: Vec<_> = made.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["id", "username", "message", "timestamp", "repost"]);
    let id = text(&made["id"]);
    assert_eq!(answer.header("location"), Some(format!("/allposts/?id={id}").as_str()));
    assert_eq!(server.get(answer.header("location").unwrap()).send().expect(200), json!({"posts": [made]}));
    assert_eq!(keyed("hello").expect(201), made);
    keyed("another").problem(422);
    assert_eq!(post(&server, "/posts/new", &one).blamed(), ["message"]);
    assert_eq!(post(&server, "/posts/new?message=", &one).blamed(), ["message"]);
    post(&server, "/posts/new?message=x&username=nobody_there", &one).problem(403);
    server.call("POST", "/posts/new?message=x").send().problem(401);

    server.get("/allposts/?id=4711").send().problem(404);
    assert_eq!(server.get("/allposts/?id=x").send().blamed(), ["id"]);
    assert_eq!(server.get("/allposts/?ids=1").send().blamed(), ["ids"]);
    assert_eq!(posts(&server, "/allposts/"), [made]);
}

#[test]
fn a_repost_leads_to_the_first_one() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, fan) = (people::sign_up(&server, "author"), people::sign_up(&server, "fan"));
    let other = people::sign_up(&server, "other");
    let id = people::post(&server, &author, "Before the game.");
    let answer = post(&server, &format!("/repost?id={id}"), &fan);
    let repost = answer.expect(201);
    assert_eq!((&repost["username"], &repost["message"]), (&json!(fan), &json!("Before the game.")));
    assert_eq!(repost["repost"], format!("/allposts/?id={id}"));
    let repost_id = text(&repost["id"]);
    assert_eq!(answer.header("location"), Some(format!("/allposts/?id={repost_id}").as_str()));
    assert_eq!(server.get(repost["repost"].as_str().unwrap()).send().expect(200)["posts"][0]["id"], id.as_str());
    // Reposting a repost reposts its original. An id may be a number.
    let number: i64 = repost_id.parse().unwrap();
    let second = call(&server, "POST", "/repost", &json!({"id": number}), &other).expect(201);
    assert_eq!(second["repost"], repost["repost"]);

    for again in [&id, &repost_id] {
        post(&server, &format!("/repost?id={again}"), &fan).problem(409);
    }
    post(&server, "/repost?id=4711", &fan).problem(404);
    assert_eq!(post(&server, "/repost?id=x", &fan).blamed(), ["id"]);
    assert_eq!(post(&server, "/repost", &fan).blamed(), ["id"]);
    post(&server, &format!("/repost?id={id}&username={author}"), &other).problem(403);
    assert_eq!(posts(&server, &format!("/users/{fan}")), [repost]);
}

#[test]
fn the_timelines_of_a_user_are_the_same_under_both_names() {
    let world = World::new();
    let server = people::serve(&world);
    let (one, friend) = (people::sign_up(&server, "one"), people::sign_up(&server, "friend"));
    let mut wanted: Vec<_> = (0..5).map(|count| people::post(&server, &friend, &format!("number {count}"))).collect();
    wanted.reverse();
    let ask = |path: &str| server.get(path).basic(&one, PASSWORD).send();
    for path in [format!("/users/{friend}?limit=2"), format!("/posts/{friend}?limit=3"), "/allposts/?limit=4".into()] {
        assert_eq!(each(&walk(ask, &path, "posts"), "id"), wanted, "{path}");
    }
    call(&server, "POST", "/followers/new", &json!({"friend_username": friend}), &one).expect(201);
    eventually("the home timeline", || {
        (each(&walk(ask, "/posts/home?limit=2", "posts"), "id") == wanted).then_some(())
    });
    server.get("/posts/home").send().problem(401);
    for path in ["/users/nobody_there", "/posts/nobody_there", "/users/a+b", "/posts/4711"] {
        server.get(path).send().problem(404);
    }
    assert_eq!(server.get(&format!("/posts/{friend}?start=1")).send().blamed(), ["start"]);
}
