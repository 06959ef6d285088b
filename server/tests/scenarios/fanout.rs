//! Dialect 4: tweets, likes, retweets, follows, and timelines ten at a time.

mod counting;
mod timelines;
mod tweeting;

use std::time::{Duration, Instant};

use twclone_testkit::{Call, Client, Value, json};

use crate::people::PASSWORD;

/// What a call by this person answers, if it is 200.
fn ask(call: Call, name: &str) -> Value {
    call.basic(name, PASSWORD).send().expect(200)
}

/// A new tweet by somebody.
pub(crate) fn tweet(server: &Client, author: &str, text: &str) -> Value {
    let call = server.post("/tweet/create", &json!({"tweet_content": text}));
    call.basic(author, PASSWORD).send().expect(201)
}

/// Lets somebody follow somebody.
pub(crate) fn follow(server: &Client, reader: &str, author: &str) {
    let answer = ask(server.call("POST", &format!("/user/follow?username={author}")), reader);
    assert_eq!(answer, json!({"username": author, "following": true}));
}

/// The ids of the tweets on a page, as somebody sees it.
pub(crate) fn seen(server: &Client, reader: &str, path: &str) -> Vec<String> {
    ids(&ask(server.get(path), reader))
}

fn ids(page: &Value) -> Vec<String> {
    page["tweets"].as_array().unwrap().iter().map(|tweet| tweet["id"].as_str().unwrap().to_owned()).collect()
}

/// Waits until something holds that comes a little after what causes it.
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(5), "{what}: not after 5 s");
        std::thread::sleep(Duration::from_millis(20));
    }
}
