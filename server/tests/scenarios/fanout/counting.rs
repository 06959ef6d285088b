use twclone_testkit::{World, json};

use super::{ask, follow, tweet};
use crate::people::{self, PASSWORD, text};

#[test]
fn a_like_counts_once_and_can_be_taken_back() {
    let world = World::new();
    let server = people::serve(&world);
    let author = people::sign_up(&server, "author");
    let id = text(&tweet(&server, &author, "hello")["id"]);
    let fans: Vec<_> = (0..7).map(|_| people::sign_up(&server, "fan")).collect();
    let post = |verb: &str, name: &str| ask(server.call("POST", &format!("/tweet/id/{id}/{verb}")), name);
    for (count, fan) in (1..).zip(&fans) {
        assert_eq!(post("like", fan)["like_count"], count);
        assert_eq!(post("like", fan)["like_count"], count);
    }
    let shown = server.get(&format!("/tweet/id/{id}")).send().expect(200);
    assert_eq!((shown["like_count"].as_u64(), shown["retweet_count"].as_u64()), (Some(7), Some(0)));
    let names: Vec<_> = shown["likes"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(names.len(), 6);
    assert!(names.iter().all(|name| fans.contains(name)), "{names:?}");
    for _ in 0..2 {
        let left = post("dislike", &fans[6]);
        assert_eq!(left["like_count"], 6);
        assert!(!left["likes"].as_array().unwrap().contains(&json!(fans[6])), "{left}");
    }
    server.call("POST", "/tweet/id/12345/like").basic(&author, PASSWORD).send().problem(404);
    server.call("POST", &format!("/tweet/id/{id}/like")).send().problem(401);
}

#[test]
fn a_retweet_shows_the_original_and_its_counts() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, fan) = (people::sign_up(&server, "author"), people::sign_up(&server, "fan"));
    let original = text(&tweet(&server, &author, "hello")["id"]);
    let path = format!("/tweet/id/{original}/retweet");
    let retweet = |path: &str, name: &str| server.call("POST", path).basic(name, PASSWORD).send();
    let answer = retweet(&path, &fan);
    let made = answer.expect(201);
    let id = text(&made["id"]);
    assert_ne!(id, original);
    assert_eq!(answer.header("location"), Some(format!("/tweet/id/{id}").as_str()));
    assert_eq!((&made["user_id"], &made["retweet_of"]), (&json!(fan), &json!(original)));
    assert_eq!((&made["tweet_content"], &made["retweet_count"]), (&json!("hello"), &json!(1)));
    assert_eq!(made["retweets"], json!([fan]));
    retweet(&path, &fan).problem(409);
    // What is done to the retweet is done to the original.
    let liked = ask(server.call("POST", &format!("/tweet/id/{id}/like")), &author);
    assert_eq!(liked["like_count"], 1);
    let again = retweet(&format!("/tweet/id/{id}/retweet"), &author).expect(201);
    assert_eq!(again["retweet_of"], json!(original));
    let shown = server.get(&format!("/tweet/id/{original}")).send().expect(200);
    assert_eq!((&shown["like_count"], &shown["retweet_count"]), (&json!(1), &json!(2)));
    assert_eq!(shown.get("retweet_of"), None);
    assert_eq!(server.get(&format!("/tweet/id/{id}")).send().expect(200)["like_count"], 1);
    // By the id of the original, or by that of the retweet.
    assert_eq!(ask(server.call("DELETE", &path), &fan)["retweet_count"], 1);
    assert_eq!(ask(server.call("DELETE", &path), &fan)["retweet_count"], 1);
    server.get(&format!("/tweet/id/{id}")).send().problem(404);
    let own = format!("/tweet/id/{}/retweet", text(&again["id"]));
    let left = ask(server.call("DELETE", &own), &author);
    assert_eq!((&left["id"], &left["retweet_count"]), (&json!(original), &json!(0)));
    retweet(&path, &fan).expect(201);
    // Deleting the original deletes its retweets.
    let again = super::seen(&server, &fan, "/timeline/user").remove(0);
    let gone = server.call("DELETE", &format!("/tweet/id/{original}/delete")).basic(&author, PASSWORD).send();
    assert_eq!(gone.status, 204);
    server.get(&format!("/tweet/id/{again}")).send().problem(404);
}

#[test]
fn who_follows_whom_is_counted() {
    let world = World::new();
    let server = people::serve(&world);
    let (one, other) = (people::sign_up(&server, "one"), people::sign_up(&server, "other"));
    let counts = |name: &str| {
        let profile = server.get(&format!("/user/data/{name}")).send().expect(200);
        (profile["follower_count"].as_u64().unwrap(), profile["following_count"].as_u64().unwrap())
    };
    follow(&server, &one, &other);
    follow(&server, &one, &other);
    assert_eq!((counts(&one), counts(&other)), ((0, 1), (1, 0)));
    let post = |path: &str, body| server.post(path, &body).basic(&one, PASSWORD).send();
    post("/user/follow", json!({"username": other})).expect(200);
    post("/user/follow", json!({"username": one})).problem(409);
    post("/user/follow", json!({"username": "nobody_there"})).problem(404);
    assert_eq!(post("/user/follow", json!({})).blamed(), ["username"]);
    assert_eq!(post(&format!("/user/follow?username={other}"), json!({"username": other})).blamed(), ["username"]);
    for _ in 0..2 {
        let left = post(&format!("/user/unfollow?username={other}"), json!({})).expect(200);
        assert_eq!(left, json!({"username": other, "following": false}));
    }
    assert_eq!((counts(&one), counts(&other)), ((0, 0), (0, 0)));
    server.call("POST", &format!("/user/follow?username={other}")).send().problem(401);
}
