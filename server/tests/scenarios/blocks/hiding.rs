use twclone_testkit::{Value, World, json};

use super::{Route, set, two};
use crate::people::{self, PASSWORD, text};

/// Returns the routes that only an account and its delegates may use, as another account may try them. `USER` is the
/// account.
fn routes() -> Vec<Route> {
    let written = |body: Value| Some(body);
    vec![
        ("GET", "/listmsg/USER", None),
        ("GET", "/listmsg/USER?box=sent", None),
        ("POST", "/listmsg/USER/read", written(json!({"up-to": "1"}))),
        ("POST", "/sendmsg", written(json!({"from": "USER", "to": "THIRD", "msg": "hello"}))),
        ("POST", "/replyto", written(json!({"from": "USER", "to": "THIRD", "msg": "hello", "reply-to-id": 1}))),
        ("GET", "/homeTimeline?username=USER", None),
        ("POST", "/postTweet", written(json!({"username": "USER", "tweet": "hello"}))),
        ("POST", "/posts-api/v1/posts", written(json!({"authorId": "USER", "content": "hello"}))),
        ("PUT", "/follow", written(json!({"username": "USER", "usernameToFollow": "THIRD"}))),
        ("POST", "/unfollow", written(json!({"username": "USER", "usernameToRemove": "THIRD"}))),
        ("GET", "/users/USER/blocks", None),
        ("PUT", "/users/USER/blocks/THIRD", None),
        ("DELETE", "/users/USER/mutes/THIRD", None),
        ("GET", "/users/USER/mutes", None),
        ("GET", "/users/USER/delegates", None),
        ("GET", "/users/USER/delegates/THIRD", None),
        ("PUT", "/users/USER/delegates/THIRD", written(json!({}))),
        ("DELETE", "/users/USER/delegates/THIRD", None),
        ("GET", "/users/USER/audit", None),
        ("PUT", "/users/USER", written(json!({"bio": "another"}))),
        ("GET", "/addToCars/USER", None),
        ("POST", "/addToCars/USER", written(json!({"product_id": "1", "quantity": 1}))),
    ]
}

/// To a blocked account that is no delegate, the account to act for does not exist, neither by name nor by id.
#[test]
fn who_is_blocked_is_not_told_whether_there_is_an_account_to_act_for() {
    let world = World::new();
    let server = people::serve(&world);
    let (user, blocked) = two(&server);
    let third = people::sign_up(&server, "third");
    let id = server.get(&format!("/user/data/{user}")).send().expect(200)["id"].as_str().unwrap().to_owned();
    set(&server, "PUT", "blocks", &user, &blocked);
    for route in routes() {
        let told = |account: &str| {
            let fill = |text: &str| text.replace("USER", account).replace("THIRD", &third);
            let (method, path, body) = &route;
            let call = server.call(method, &fill(path)).basic(&blocked, PASSWORD);
            let answer = match body {
                Some(body) => call.body("application/json", fill(&body.to_string())).send(),
                None => call.send(),
            };
            let mut problem = answer.problem(answer.status);
            problem["request_id"].take();
            let detail = text(&problem["detail"]).replace(account, "USER").replace(&account.to_uppercase(), "USER");
            problem["detail"] = json!(detail);
            problem
        };
        let nowhere = told("nobody_there");
        assert!([403, 404].contains(&nowhere["status"].as_u64().unwrap()), "{route:?}: {nowhere}");
        assert_eq!(told(&user), nowhere, "{route:?}");
        assert_eq!(told(&id), told("123456789"), "{route:?} by the id");
        assert_eq!(told(&user.to_uppercase()), nowhere, "{route:?} in capitals");
    }
}

#[test]
fn a_delegate_who_is_blocked_is_still_one() {
    let world = World::new();
    let server = people::serve(&world);
    let (user, blocked) = two(&server);
    let grant = server.call("PUT", &format!("/users/{user}/delegates/{blocked}")).body("application/json", "{}");
    grant.basic(&user, PASSWORD).send().expect(201);
    set(&server, "PUT", "blocks", &user, &blocked);
    server.get(&format!("/listmsg/{user}")).basic(&blocked, PASSWORD).send().expect(200);
    let post = server.post("/postTweet", &json!({"username": user, "tweet": "hello"}));
    post.basic(&blocked, PASSWORD).send().expect(201);
}

#[test]
fn messages_with_whom_one_never_spoke_and_who_blocks_are_not_there() {
    let world = World::new();
    let server = people::serve(&world);
    let (user, blocked) = two(&server);
    let friend = people::sign_up(&server, "friend");
    let sent = json!({"to": friend, "msg": "hello"});
    server.post("/sendmsg", &sent).basic(&blocked, PASSWORD).send().expect(201);
    set(&server, "PUT", "blocks", &user, &blocked);
    set(&server, "PUT", "blocks", &friend, &blocked);
    let with = |name: &str| {
        let path = format!("/listmsg/{blocked}?box=all&with={name}");
        server.get(&path).basic(&blocked, PASSWORD).send()
    };
    let detail = |name: &str| text(&with(name).problem(404)["detail"]).replace(name, "NAME");
    assert_eq!(detail(&user), detail("nobody_there"));
    // Messages that were exchanged stay.
    assert_eq!(with(&friend).expect(200)["messages"].as_array().unwrap().len(), 1);
}
