use twclone_testkit::{Server, Value, World, json};

use super::{set, two};
use crate::fanout::{follow, tweet};
use crate::people::{self, PASSWORD, each, text, walk};

fn as_reader(server: &Server, path: &str, reader: Option<&str>) -> twclone_testkit::Answer {
    let call = server.get(path);
    match reader {
        Some(reader) => call.basic(reader, PASSWORD).send(),
        None => call.send(),
    }
}

/// Returns the names on all pages of a list. Every page but the last is full.
fn names(server: &Server, path: &str, list: &str, reader: Option<&str>) -> Vec<String> {
    let mut names = each(&walk(|path| as_reader(server, path, reader), &format!("{path}?limit=2"), list), "username");
    names.sort_unstable();
    names
}

fn sorted(names: &[&String]) -> Vec<String> {
    let mut names: Vec<_> = names.iter().map(|name| (*name).clone()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_replayed_repost_shows_nothing_of_whom_it_is_hidden_from() {
    let world = World::new();
    let server = people::serve(&world);
    let (user, blocked) = two(&server);
    for (path, body) in [("/repost", true), ("/tweet/id/POST/retweet", false)] {
        let post = text(&tweet(&server, &user, "first")["id"]);
        let repost = || {
            let body = if body { json!({"id": post}) } else { json!({}) };
            let call = server.post(&path.replace("POST", &post), &body).basic(&blocked, PASSWORD);
            call.header("Idempotency-Key", path).send()
        };
        let first = repost();
        assert!(first.text.contains("first"), "{first:?}");
        let edit = |content: &str| {
            let body = json!({"content": content}).to_string();
            let call = server.call("PUT", &format!("/posts-api/v1/posts/{post}")).body("application/json", body);
            call.basic(&user, PASSWORD).send().expect(200);
        };
        set(&server, "PUT", "blocks", &user, &blocked);
        edit("edited");
        let replay = repost();
        assert_eq!(replay.expect(201)["id"], first.json()["id"]);
        assert_eq!(replay.header("idempotency-replayed"), Some("true"));
        assert!(!replay.text.contains("first") && !replay.text.contains("edited"), "{replay:?}");
        set(&server, "DELETE", "blocks", &user, &blocked);
        assert!(repost().text.contains("edited"));
    }
}

#[test]
fn lists_name_nobody_who_blocks_or_is_blocked_or_is_not_active() {
    let world = World::new();
    let server = people::serve(&world);
    let [star, reader, blocking, blocked, disabled, deleted, other] =
        ["star", "reader", "blocking", "blocked", "disabled", "deleted", "other"]
            .map(|role| people::sign_up(&server, role));
    let post = text(&tweet(&server, &star, "hello")["id"]);
    for fan in [&reader, &blocking, &blocked, &disabled, &deleted, &other] {
        follow(&server, fan, &star);
        follow(&server, &star, fan);
        for act in ["like", "retweet"] {
            let done = server.call("POST", &format!("/tweet/id/{post}/{act}")).basic(fan, PASSWORD).send();
            assert!([200, 201].contains(&done.status), "{done:?}");
        }
    }
    set(&server, "PUT", "blocks", &blocking, &reader);
    set(&server, "PUT", "blocks", &reader, &blocked);
    assert_eq!(world.admin(&["users", "disable", &disabled]).code, Some(0));
    assert_eq!(server.call("DELETE", "/user/").basic(&deleted, PASSWORD).send().status, 204);
    let seen_by_reader = sorted(&[&reader, &other]);
    let seen_by_all = sorted(&[&reader, &other, &blocking, &blocked]);
    for (who, seen) in [(Some(reader.as_str()), &seen_by_reader), (None, &seen_by_all)] {
        for list in ["followers", "following"] {
            let path = format!("/users-api/v1/users/{star}/{list}");
            assert_eq!(&names(&server, &path, "users", who), seen, "{path} for {who:?}");
        }
        for path in ["/users/all", "/users/"] {
            let mut seen = seen.clone();
            seen.push(star.clone());
            seen.sort_unstable();
            assert_eq!(names(&server, path, "users", who), seen, "{path} for {who:?}");
        }
        let shown = as_reader(&server, &format!("/tweet/id/{post}"), who).expect(200);
        for (list, count) in [("likes", "like_count"), ("retweets", "retweet_count")] {
            let mut named: Vec<_> = shown[list].as_array().unwrap().iter().map(text).collect();
            named.sort_unstable();
            assert_eq!(&named, seen, "{list} for {who:?}");
            assert!(shown[count].as_u64().unwrap() >= 5, "{count} for {who:?}: {shown}");
        }
        let timeline = as_reader(&server, &format!("/timeline/user?username={star}"), who).expect(200);
        assert_eq!(timeline["tweets"][0]["likes"], shown["likes"]);
    }
    // An account's own block list names the accounts that it blocks, so that it can unblock them.
    assert_eq!(
        names(&server, &format!("/users/{reader}/blocks"), "users", Some(&reader)),
        std::slice::from_ref(&blocked)
    );
}

#[test]
fn a_list_of_fans_is_filled_however_many_are_hidden() {
    let world = World::new();
    let server = people::serve(&world);
    let (star, reader) = (people::sign_up(&server, "star"), people::sign_up(&server, "reader"));
    let post = text(&tweet(&server, &star, "hello")["id"]);
    let like =
        |fan: &str| server.call("POST", &format!("/tweet/id/{post}/like")).basic(fan, PASSWORD).send().expect(200);
    for _ in 0..14 {
        let fan = people::sign_up(&server, "a_fan");
        like(&fan);
        set(&server, "PUT", "blocks", &fan, &reader);
    }
    for _ in 0..3 {
        like(&people::sign_up(&server, "z_fan"));
    }
    let shown: Value = as_reader(&server, &format!("/tweet/id/{post}"), Some(&reader)).expect(200);
    let named: Vec<_> = shown["likes"].as_array().unwrap().iter().map(text).collect();
    assert_eq!((named.len(), &shown["like_count"]), (3, &json!(17)));
    assert!(named.iter().all(|name| name.starts_with("z_fan")), "{named:?}");
}

#[test]
fn a_delegate_who_blocks_is_a_delegate_who_is_not_there() {
    let world = World::new();
    let server = people::serve(&world);
    let (user, blocked) = two(&server);
    set(&server, "PUT", "blocks", &user, &blocked);
    for (method, body) in [("PUT", "{}"), ("GET", "{}"), ("DELETE", "{}")] {
        let told = |name: &str| {
            let call = server.call(method, &format!("/users/{blocked}/delegates/{name}")).basic(&blocked, PASSWORD);
            let call = if method == "PUT" { call.body("application/json", body) } else { call };
            let mut problem = call.send().problem(404);
            problem["request_id"].take();
            problem["detail"] = json!(text(&problem["detail"]).replace(name, "NAME"));
            problem
        };
        assert_eq!(told(&user), told("nobody_there"), "{method}");
    }
    // An account cannot make one that it blocks its delegate.
    let put = server.call("PUT", &format!("/users/{user}/delegates/{blocked}")).body("application/json", "{}");
    put.basic(&user, PASSWORD).send().problem(409);
}
