//! Dialect 4: tweets, likes, retweets, follows, and timelines ten at a time.

mod counting;
mod timelines;
mod tweeting;

use std::time::{Duration, Instant};

use twclone_testkit::{Call, Client, Value, json};

use crate::people::PASSWORD;

/// Returns the response to a call by this account, which must be 200.
fn ask(call: Call, name: &str) -> Value {
    call.basic(name, PASSWORD).send().expect(200)
}

/// Posts a tweet and returns it.
pub(crate) fn tweet(server: &Client, author: &str, text: &str) -> Value {
    let call = server.post("/tweet/create", &json!({"tweet_content": text}));
    call.basic(author, PASSWORD).send().expect(201)
}

/// Lets `reader` follow `author`.
pub(crate) fn follow(server: &Client, reader: &str, author: &str) {
    let answer = ask(server.call("POST", &format!("/user/follow?username={author}")), reader);
    assert_eq!(answer, json!({"username": author, "following": true}));
}

/// Returns the ids of the tweets on a page, as `reader` sees it.
pub(crate) fn seen(server: &Client, reader: &str, path: &str) -> Vec<String> {
    ids(&ask(server.get(path), reader))
}

fn ids(page: &Value) -> Vec<String> {
    page["tweets"].as_array().unwrap().iter().map(|tweet| tweet["id"].as_str().unwrap().to_owned()).collect()
}

/// Waits until an effect holds that follows its cause with a delay; at most 5 s.
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(5), "{what}: not after 5 s");
        std::thread::sleep(Duration::from_millis(20));
    }
}
