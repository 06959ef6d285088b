//! An account for tests of deletion, and checks of what must remain after it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Client, World};

/// Number of people that the account exchanges messages with.
const PEOPLE: u64 = 4;
/// Id of the first message.
const FIRST: u64 = 1_000;

/// The account `dennis`. It has a password, and exchanges messages with four people, whose delegate is `mj`.
#[derive(Debug)]
pub struct DeletionFixture {
    messages: Vec<Value>,
}

impl DeletionFixture {
    /// The user name of the account.
    pub const NAME: &str = "dennis";
    /// The password of the account.
    pub const PASSWORD: &str = "worm of 1991";

    /// Creates a fixture with this many messages: questions, answers and replies, read and unread, to others and to
    /// itself.
    pub fn new(messages: u64) -> Self {
        Self { messages: (0..messages).map(message).collect() }
    }

    /// Returns the seed file that creates the accounts and messages, as JSON Lines.
    pub fn seed(&self) -> String {
        let mut text = String::new();
        let mut add = |record: Value| writeln!(text, "{record}").unwrap();
        let account = |name: &str| json!({"username": name, "email": format!("{name}@example.com")});
        for (name, password) in [("mj", "bulls"), (Self::NAME, Self::PASSWORD)] {
            let mut account = account(name);
            account["password"] = json!(password);
            add(json!({ "account": account }));
        }
        for person in 0..PEOPLE {
            let mut account = account(&format!("person{person}"));
            account["delegates"] = json!(["mj"]);
            add(json!({ "account": account }));
        }
        for message in &self.messages {
            add(json!({ "message": message }));
        }
        text
    }

    /// Deletes the account with its own password.
    pub fn delete(client: &Client) {
        let answer = client.call("DELETE", "/user/").basic(Self::NAME, Self::PASSWORD).send();
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{answer:?}");
    }

    /// Returns the progress of the deletion from `users show`.
    pub fn deletion(world: &World) -> Value {
        world.admin(&["--json", "users", "show", Self::NAME]).json()["deletion"].take()
    }

    /// Waits up to two minutes until the deletion is finished, and returns its state from `users show`.
    pub fn finished(world: &World) -> Value {
        let begin = Instant::now();
        loop {
            let deletion = Self::deletion(world);
            if deletion["finished-at"].is_string() {
                return deletion;
            }
            assert!(begin.elapsed() < Duration::from_mins(2), "not finished in two minutes: {deletion}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Returns how many items are left in the account's own lists.
    pub fn left(world: &World) -> usize {
        let others: Vec<String> = (0..PEOPLE).map(|person| format!("person{person}")).collect();
        world.left_of(Self::NAME, &others.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Asserts that nothing is left in the account's lists, and that the other people still have each message once,
    /// with the expected content. Messages that are not from the seed file are ignored.
    pub fn assert_gone(&self, world: &World, client: &Client) {
        assert_eq!(Self::left(world), 0, "something is left in the lists of {}", Self::NAME);
        for person in (0..PEOPLE).map(|person| format!("person{person}")) {
            let wanted = self.between(&person);
            let list = |query: &str| of_seed(Self::listed(client, &format!("/listmsg/{person}?{query}")));
            assert_eq!(list("box=all"), wanted, "{person}");
            assert_eq!(list(&format!("box=all&with={}", Self::NAME)), wanted, "{person}");
            let mut both = list("box=sent");
            both.extend(list(""));
            assert_eq!(both, wanted, "{person}");
            let unread = list("unread=true");
            let is_unread = |id: &u64| self.messages[index(*id)]["to"] == person && !self.is_read(*id);
            assert!(unread.keys().eq(wanted.keys().filter(|id| is_unread(id))), "{person}: {unread:?}");
            for (id, shown) in &wanted {
                let thread = client.get(&format!("/listreplies/{id}")).mj().send().expect(200);
                assert_eq!(brief(&thread["message"]), *shown, "{id}");
                let replies: BTreeMap<_, _> = thread["replies"].as_array().unwrap().iter().map(by_id).collect();
                let wanted = wanted.iter().filter(|(reply, _)| self.messages[index(**reply)]["reply-to-id"] == *id);
                assert!(replies.iter().eq(wanted), "replies to {id}: {replies:?}");
            }
        }
    }

    /// Returns the messages between the account and another person, as they look after the deletion.
    fn between(&self, person: &str) -> BTreeMap<u64, Value> {
        let mut found = BTreeMap::new();
        for message in &self.messages {
            let shown = |party: &Value| if party == Self::NAME { json!("deleted account") } else { party.clone() };
            if message["from"] == person || message["to"] == person {
                let text = message.get("msg").cloned().unwrap_or_else(|| json!("Yes"));
                found.insert(
                    message["id"].as_u64().unwrap(),
                    json!({"from": shown(&message["from"]), "to": shown(&message["to"]), "msg": text}),
                );
            }
        }
        found
    }

    /// Reads all pages of a list, and returns the sender, receiver and text of each message by id. Panics if a message
    /// is listed twice.
    pub fn listed(client: &Client, path: &str) -> BTreeMap<u64, Value> {
        let (mut found, mut cursor) = (BTreeMap::new(), String::new());
        loop {
            let page = client.get(&format!("{path}&limit=100{cursor}")).mj().send().expect(200);
            for (id, message) in page["messages"].as_array().unwrap().iter().map(by_id) {
                assert_eq!(found.insert(id, message), None, "{id} is listed twice in {path}");
            }
            match page["next"].as_str() {
                None => return found,
                Some(next) => cursor = format!("&cursor={next}"),
            }
        }
    }

    fn is_read(&self, id: u64) -> bool {
        self.messages[index(id)]["read-at"].is_string()
    }
}

fn message(number: u64) -> Value {
    // Eight messages in a row belong to the same pair of people. The seventh is from the account to itself.
    let (talk, turn, id) = (number / 8, number % 8, FIRST + number);
    let (own, other) = (DeletionFixture::NAME.to_owned(), format!("person{}", talk % PEOPLE));
    let (from, to) = match turn {
        0 | 2 | 4 => (own, other),
        6 => (own.clone(), own),
        _ => (other, own),
    };
    let sent_at = format!("2026-03-01T{:02}:{:02}:{:02}Z", number / 3_600 % 24, number / 60 % 60, number % 60);
    let mut message = json!({"id": id, "from": from, "to": to, "sent-at": sent_at});
    if turn == 0 || turn == 1 {
        message["quick-replies"] = json!(["Yes", "No"]);
    }
    if turn == 2 || turn == 7 {
        message["read-at"] = json!("2026-03-02T00:00:00Z");
    }
    // Every other question of the account has an answer.
    let answers = turn == 5 && talk % 2 == 0;
    match turn {
        4 => message["reply-to-id"] = json!(id - 1),
        5 if answers => message["reply-to-id"] = json!(id - 5),
        _ => {}
    }
    if answers {
        message["quick-reply"] = json!(0);
    } else {
        message["msg"] = json!(format!("This is message {number}."));
    }
    message
}

fn by_id(message: &Value) -> (u64, Value) {
    (message["id"].as_str().unwrap().parse().unwrap(), brief(message))
}

fn brief(message: &Value) -> Value {
    json!({"from": message["from"], "to": message["to"], "msg": message["msg"]})
}

fn of_seed(mut messages: BTreeMap<u64, Value>) -> BTreeMap<u64, Value> {
    // Generated ids contain the time, so they are larger than those of the seed file.
    messages.retain(|id, _| *id < 1 << 32);
    messages
}

fn index(id: u64) -> usize {
    usize::try_from(id - FIRST).unwrap()
}
