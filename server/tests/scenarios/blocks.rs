//! Blocks and mutes, and what they hide.

mod hiding;
mod mutes;
mod naming;
mod property;
mod undo;
mod worlds;

use twclone_testkit::{Call, Client, Server, Value, World, json};

use crate::fanout::{eventually, follow, seen, tweet};
use crate::people::{self, PASSWORD, text};

/// A route that needs another account: its method, path and body. `USER` is the account that blocks, `POST` one of
/// its posts.
type Route = (&'static str, &'static str, Option<Value>);

/// Returns the routes that a blocked account cannot use, nor learn the reason from.
fn routes() -> Vec<Route> {
    vec![
        ("POST", "/sendmsg", Some(json!({"to": "USER", "msg": "hello"}))),
        ("POST", "/user/follow?username=USER", None),
        ("POST", "/followers/USER", None),
        ("GET", "/followers/USER", None),
        ("GET", "/user/data/USER", None),
        ("GET", "/timeline/user?username=USER", None),
        ("GET", "/tweets/USER", None),
        ("GET", "/tweets/USER?page=1", None),
        ("GET", "/tweet/id/POST", None),
        ("GET", "/tweet/POST", None),
        ("POST", "/tweet/id/POST/like", None),
        ("POST", "/tweet/id/POST/dislike", None),
        ("POST", "/tweet/id/POST/retweet", None),
        ("DELETE", "/tweet/id/POST/retweet", None),
        ("GET", "/posts-api/v1/posts/POST", None),
        ("GET", "/posts-api/v1/posts/POST/comments", None),
        ("POST", "/posts-api/v1/posts/POST/comments", Some(json!({"content": "hello"}))),
        ("POST", "/posts-api/v1/posts/POST/like", None),
    ]
}

fn call(server: &Client, (method, path, body): &Route, user: &str, post: &str) -> Call {
    let fill = |text: &str| text.replace("USER", user).replace("POST", post);
    let call = server.call(method, &fill(path));
    match body {
        Some(body) => call.body("application/json", fill(&body.to_string())),
        None => call,
    }
}

/// Sets or ends a block or a mute.
fn set(server: &Client, method: &str, list: &str, user: &str, other: &str) {
    let call = server.call(method, &format!("/users/{user}/{list}/{other}"));
    assert_eq!(call.basic(user, PASSWORD).send().status, 204, "{method} {list}");
}

/// Signs up an account and another one that it is going to block. Both follow each other.
fn two(server: &Server) -> (String, String) {
    let (user, blocked) = (people::sign_up(server, "user"), people::sign_up(server, "blocked"));
    follow(server, &user, &blocked);
    follow(server, &blocked, &user);
    (user, blocked)
}

/// Returns the problem that the reader gets, without the names in it.
fn told(server: &Client, route: &Route, reader: &str, user: &str, post: &str) -> Value {
    let mut problem = call(server, route, user, post).basic(reader, PASSWORD).send().problem(404);
    problem["request_id"].take();
    let detail = text(&problem["detail"]).replace(user, "USER").replace(post, "POST");
    problem["detail"] = json!(detail);
    problem
}

#[test]
fn to_whom_is_blocked_it_is_as_if_nobody_were_there() {
    let world = World::new();
    let server = people::serve(&world);
    let (user, blocked) = two(&server);
    let third = people::sign_up(&server, "third");
    let post = text(&tweet(&server, &user, "hello")["id"]);
    set(&server, "PUT", "blocks", &user, &blocked);
    for route in routes() {
        let here = told(&server, &route, &blocked, &user, &post);
        let nowhere = told(&server, &route, &blocked, "nobody_there", "12345");
        assert_eq!(here, nowhere, "{route:?}");
        let other = call(&server, &route, &user, &post).basic(&third, PASSWORD).send();
        assert!([200, 201, 204, 409].contains(&other.status), "{route:?} by somebody else: {other:?}");
    }
    // Anonymous clients still see what is public.
    server.get(&format!("/tweet/id/{post}")).send().expect(200);
    set(&server, "DELETE", "blocks", &user, &blocked);
    for route in routes() {
        let again = call(&server, &route, &user, &post).basic(&blocked, PASSWORD).send();
        assert!([200, 201, 204, 409].contains(&again.status), "{route:?} after the block: {again:?}");
    }
}

#[test]
fn a_block_ends_both_follows_and_hides_at_the_next_read() {
    let world = World::new();
    let server = people::serve(&world);
    let (user, blocked) = two(&server);
    let (post, own) = (text(&tweet(&server, &user, "hello")["id"]), text(&tweet(&server, &blocked, "hello")["id"]));
    eventually("both see both", || {
        [&user, &blocked].iter().all(|reader| seen(&server, reader, "/timeline/home").len() == 2)
    });
    assert_eq!(seen(&server, &blocked, "/tweets"), [own.clone(), post.clone()]);
    assert_eq!(seen(&server, &blocked, "/tweets?page=1"), [own.clone(), post.clone()]);
    set(&server, "PUT", "blocks", &user, &blocked);
    for path in ["/timeline/home", "/tweets", "/tweets?page=1"] {
        assert_eq!(seen(&server, &blocked, path), [own.as_str()], "{path}");
    }
    assert_eq!(seen(&server, &user, "/timeline/home"), [post.as_str()]);
    let followers = |name: &str, reader: &str| {
        let call = server.get(&format!("/followers/{name}")).basic(reader, PASSWORD);
        call.send().expect(200)["followers"].clone()
    };
    assert_eq!((followers(&user, &user), followers(&blocked, &user)), (json!([]), json!([])));
    let counts = server.get(&format!("/user/data/{user}")).send().expect(200);
    assert_eq!((&counts["follower_count"], &counts["following_count"]), (&json!(0), &json!(0)));
    // An account cannot follow one that it blocks.
    let back = server.call("POST", &format!("/user/follow?username={blocked}"));
    back.basic(&user, PASSWORD).send().problem(409);
    set(&server, "DELETE", "blocks", &user, &blocked);
    assert_eq!(seen(&server, &blocked, "/tweets"), [own.clone(), post]);
    assert_eq!(seen(&server, &blocked, "/timeline/home"), [own]);
    assert_eq!(followers(&user, &blocked), json!([]));
    follow(&server, &blocked, &user);
    eventually("who follows again sees again", || seen(&server, &blocked, "/timeline/home").len() == 2);
}

#[test]
fn a_retweet_does_not_lead_around_a_block() {
    let world = World::new();
    let server = people::serve(&world);
    let (user, blocked) = two(&server);
    let friend = people::sign_up(&server, "friend");
    follow(&server, &blocked, &friend);
    let post = text(&tweet(&server, &user, "hello")["id"]);
    let retweet = server.call("POST", &format!("/tweet/id/{post}/retweet")).basic(&friend, PASSWORD).send();
    let retweet = text(&retweet.expect(201)["id"]);
    eventually("it comes", || seen(&server, &blocked, "/timeline/home").contains(&retweet));
    set(&server, "PUT", "blocks", &user, &blocked);
    for path in ["/timeline/home", "/tweets", &format!("/timeline/user?username={friend}")] {
        assert_eq!(seen(&server, &blocked, path), [""; 0], "{path}");
    }
    server.get(&format!("/tweet/id/{retweet}")).basic(&blocked, PASSWORD).send().problem(404);
}
