use std::collections::BTreeSet;

use twclone_testkit::{World, json};

use super::{ask, tweet};
use crate::people::{self, PASSWORD, text};

#[test]
fn a_tweet_is_written_read_and_deleted() {
    let world = World::new();
    let server = people::serve(&world);
    let (mj, other) = (people::sign_up(&server, "mj"), people::sign_up(&server, "other"));
    let call = server.post("/tweet/create", &json!({"tweet_content": "Six rings.\n🐐"}));
    let answer = call.basic(&mj, PASSWORD).send();
    let made = answer.expect(201);
    let id = text(&made["id"]);
    assert_eq!(answer.header("location"), Some(format!("/tweet/id/{id}").as_str()));
    let fields: BTreeSet<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = ["id", "user_id", "tweet_content", "created_at", "like_count", "retweet_count", "likes", "retweets"];
    assert_eq!(fields, BTreeSet::from(wanted));
    assert_eq!((&made["user_id"], &made["tweet_content"]), (&json!(mj), &json!("Six rings.\n🐐")));
    assert_eq!((&made["like_count"], &made["retweet_count"]), (&json!(0), &json!(0)));
    assert_eq!((&made["likes"], &made["retweets"]), (&json!([]), &json!([])));
    let path = format!("/tweet/id/{id}");
    assert_eq!(server.get(&path).send().expect(200), made);
    assert_eq!(ask(server.get(&path), &other), made);
    assert_eq!(server.get(&format!("/user/data/{mj}")).send().expect(200)["tweet_count"], 1);
    let delete = |name: &str| server.call("DELETE", &format!("{path}/delete")).basic(name, PASSWORD).send();
    delete(&other).problem(403);
    server.get(&path).send().expect(200);
    assert_eq!(delete(&mj).status, 204);
    delete(&mj).problem(404);
    server.get(&path).send().problem(404);
    assert_eq!(server.get(&format!("/user/data/{mj}")).send().expect(200)["tweet_count"], 0);
    server.get("/tweet/id/mine").send().problem(404);
}

#[test]
fn a_tweet_has_one_to_five_hundred_characters() {
    let world = World::new();
    let server = people::serve(&world);
    let mj = people::sign_up(&server, "mj");
    let create = |body| server.post("/tweet/create", &body).basic(&mj, PASSWORD).send();
    let family = "👩‍👩‍👧‍👦";
    create(json!({"tweet_content": family.repeat(500)})).expect(201);
    for wrong in ["", " \n", &*"x".repeat(501), &*family.repeat(501), "nul \u{0}"] {
        assert_eq!(create(json!({"tweet_content": wrong})).blamed(), ["tweet_content"]);
    }
    assert_eq!(create(json!({})).blamed(), ["tweet_content"]);
    assert_eq!(create(json!({"tweet_content": "x", "colour": 1})).blamed(), ["colour"]);
}

#[test]
fn a_delegate_tweets_and_likes_for_an_account_and_nobody_else_does() {
    let world = World::new();
    let server = people::serve(&world);
    let (owner, delegate) = (people::sign_up(&server, "owner"), people::sign_up(&server, "delegate"));
    let body = json!({"tweet_content": "hello", "user_id": owner});
    let create = || server.post("/tweet/create", &body).basic(&delegate, PASSWORD).send();
    create().problem(403);
    let put = server.call("PUT", &format!("/users/{owner}/delegates/{delegate}"));
    put.body("application/json", r#"{"scope": "write"}"#).basic(&owner, PASSWORD).send().expect(201);
    let made = create().expect(201);
    assert_eq!(made["user_id"], json!(owner));
    let like = format!("/tweet/id/{}/like?user_id={owner}", text(&made["id"]));
    assert_eq!(ask(server.call("POST", &like), &delegate)["likes"], json!([owner]));
    server.call("POST", &like).basic(&people::sign_up(&server, "other"), PASSWORD).send().problem(403);
    // The owner's audit shows it.
    let audit = ask(server.get(&format!("/users/{owner}/audit")), &owner);
    assert!(audit["events"].as_array().unwrap().iter().any(|event| event["who"] == json!(delegate)), "{audit}");
}

#[test]
fn a_key_makes_one_tweet_and_one_retweet() {
    let world = World::new();
    let server = people::serve(&world);
    let (mj, other) = (people::sign_up(&server, "mj"), people::sign_up(&server, "other"));
    let post = |path: &str, body| {
        let call = server.post(path, &body).basic(&mj, PASSWORD);
        call.header("Idempotency-Key", &format!("key-of-{path}")).send()
    };
    let original = text(&tweet(&server, &other, "hello")["id"]);
    for (path, body) in [
        ("/tweet/create".to_owned(), json!({"tweet_content": "once"})),
        (format!("/tweet/id/{original}/retweet"), json!({})),
    ] {
        let (first, second) = (post(&path, body.clone()), post(&path, body));
        assert_eq!(first.expect(201), second.expect(201));
        assert_eq!(first.header("location"), second.header("location"));
        assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), (None, Some("true")));
    }
    let reused = post("/tweet/create", json!({"tweet_content": "another"})).problem(422);
    assert_eq!(reused["type"], "/docs#problem-key-reused");
    assert_eq!(super::seen(&server, &mj, "/timeline/user").len(), 2);
}
