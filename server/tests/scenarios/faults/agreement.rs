//! Checks over HTTP that all stored copies of messages agree.

use std::collections::BTreeMap;

use twclone_testkit::{Client, Value};

/// Messages by their ids.
pub(super) type Messages = BTreeMap<i64, Value>;

/// Returns the messages on all pages of a list. Asserts that none is there twice and that they are in order.
pub(super) fn all(client: &Client, path: &str) -> Messages {
    since(client, path, 0)
}

/// Does the same only for messages with ids from `first` on, without reading pages beyond those.
fn since(client: &Client, path: &str, first: i64) -> Messages {
    let replies = path.starts_with("/listreplies");
    let mut found: Vec<(i64, Value)> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("{path}{cursor}")).mj().send().expect(200);
        let messages = page.get("messages").or_else(|| page.get("replies")).unwrap().as_array().unwrap();
        found.extend(messages.iter().map(|message| (id(&message["id"]), message.clone())));
        match page["next"].as_str() {
            Some(next) if replies || found.last().is_none_or(|(last, _)| *last >= first) => {
                cursor = format!("&cursor={next}");
            }
            _ => break,
        }
    }
    assert!(found.is_sorted_by(|(one, _), (other, _)| (one < other) == replies && one != other), "{path}: {found:?}");
    found.retain(|(id, _)| *id >= first);
    found.into_iter().collect()
}

pub(super) fn id(value: &Value) -> i64 {
    value.as_str().unwrap().parse().unwrap()
}

fn of(messages: &Messages, wanted: impl Fn(&Value) -> bool) -> Messages {
    messages.iter().filter(|(_, message)| wanted(message)).map(|(id, message)| (*id, message.clone())).collect()
}

/// Asserts that all copies of every message between kobe and jordan from an id on are equal, and that no list lacks
/// one. Returns the messages.
pub(super) fn agreed(client: &Client, first: i64, story: &str) -> Messages {
    let list = |path: &str| since(client, &format!("/listmsg/{path}&limit=10"), first);
    let both = list("kobe?box=all&with=jordan");
    // Each account's list of received and sent messages has the whole conversation.
    for name in ["kobe", "jordan"] {
        let between = |message: &Value| message["from"] != "mj" && message["to"] != "mj";
        assert_eq!(of(&list(&format!("{name}?box=all")), between), both, "{story}: {name}'s");
        let unread = of(&both, |message| message["to"] == name && message["read-at"].is_null());
        assert_eq!(of(&list(&format!("{name}?unread=true")), between), unread, "{story}: unread by {name}");
    }
    for (id, message) in &both {
        let thread = client.get(&format!("/listreplies/{id}")).mj().send().expect(200);
        assert_eq!(thread["message"], *message, "{story}: {id} by itself");
        let wanted = of(&both, |reply| reply["reply-to-id"].as_str() == Some(&id.to_string()));
        assert_eq!(thread["replies"], wanted.values().cloned().collect::<Value>(), "{story}: replies to {id}");
        let mut answers = wanted.values().filter(|reply| reply["quick-reply"].is_object());
        assert_eq!(
            message["answered-by"],
            answers.next().map_or(Value::Null, |answer| answer["id"].clone()),
            "{story}"
        );
        assert_eq!(answers.next(), None, "{story}: {id} was answered twice");
        if let Some(parent) = message["reply-to-id"].as_str() {
            let replies = all(client, &format!("/listreplies/{parent}?limit=100"));
            assert_eq!(replies.get(id), Some(message), "{story}: replies to {parent}");
        }
    }
    both
}

/// Returns the messages with this text.
pub(super) fn with_text(messages: &Messages, text: &str) -> Messages {
    of(messages, |message| message["msg"] == text)
}
