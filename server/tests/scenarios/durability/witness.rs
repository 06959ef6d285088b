use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use twclone_testkit::{Answer, Server, Value, json};

/// Runs outside the process that is killed, and records what that process has acknowledged.
#[derive(Default)]
pub(super) struct Witness {
    /// The text of each message by its id.
    texts: Mutex<BTreeMap<String, String>>,
    /// The ids of the messages to kobe that are marked as read.
    read: Mutex<BTreeSet<String>>,
}

/// Sends a message from jordan to kobe.
pub(super) fn send(server: &Server, text: &str) -> Option<Answer> {
    server.post("/sendmsg", &json!({"to": "kobe", "from": "jordan", "msg": text})).mj().try_send()
}

impl Witness {
    /// Sends a message, which must be accepted; `None` if the server is gone.
    pub(super) fn send(&self, server: &Server, text: &str) -> Option<Answer> {
        let answer = send(server, text)?;
        self.saw(&answer.expect(201), text);
        Some(answer)
    }

    /// Records a message.
    pub(super) fn saw(&self, message: &Value, text: &str) {
        self.texts.lock().unwrap().insert(id(message), text.to_owned());
    }

    /// Sends messages, replies, and questions with their answers until the server is gone. Each text is the writer's
    /// name and a count.
    pub(super) fn write(&self, server: &Server, writer: &str) {
        (0..).try_for_each(|count| self.write_once(server, writer, count));
    }

    /// Sends a message, a reply, or a question and its answer, in turn; `None` if the server is gone.
    pub(super) fn write_once(&self, server: &Server, writer: &str, count: usize) -> Option<()> {
        let text = format!("{writer}-{count}");
        let (path, body) = match count % 3 {
            0 => ("/sendmsg", json!({"to": "kobe", "from": "jordan", "msg": text})),
            1 => ("/replyto", json!({"to": "kobe", "from": "jordan", "msg": text, "reply-to-id": 24})),
            _ => ("/sendmsg", json!({"to": "kobe", "from": "jordan", "msg": text, "quick-replies": ["Yes", "No"]})),
        };
        let message = server.post(path, &body).mj().try_send()?.expect(201);
        self.saw(&message, &text);
        if count % 3 == 2 {
            let body = json!({"to": "jordan", "from": "kobe", "quick-reply": 1, "reply-to-id": message["id"]});
            self.saw(&server.post("/replyto", &body).mj().try_send()?.expect(201), "No");
        }
        Some(())
    }

    /// Marks the acknowledged messages as read, again and again, until the server is gone.
    pub(super) fn mark(&self, server: &Server) {
        loop {
            let seen: BTreeSet<_> = {
                let texts = self.texts.lock().unwrap();
                texts.iter().filter(|(_, text)| *text != "No").map(|(id, _)| id.clone()).collect()
            };
            // Before anything is acknowledged, uses the message of the seed data.
            let newest = seen.iter().map(|id| id.parse().unwrap()).max().unwrap_or(24_u64);
            let Some(answer) = server.post("/listmsg/kobe/read", &json!({"up-to": newest.to_string()})).mj().try_send()
            else {
                return;
            };
            if answer.expect(200)["more"] == false {
                self.read.lock().unwrap().extend(seen);
            }
        }
    }

    /// Returns the number of acknowledged messages.
    pub(super) fn acknowledged(&self) -> usize {
        self.texts.lock().unwrap().len()
    }

    /// Returns the number of messages that are marked as read.
    pub(super) fn marked(&self) -> usize {
        self.read.lock().unwrap().len()
    }

    /// Checks that every acknowledged message is there exactly once, and that nothing is there in part. Returns all
    /// messages by id.
    pub(super) fn check(&self, server: &Server) -> BTreeMap<String, Value> {
        let kept = whole(server);
        let texts = self.texts.lock().unwrap();
        let lost: Vec<_> =
            texts.iter().filter(|(id, text)| kept.get(*id).is_none_or(|kept| kept["msg"] != **text)).collect();
        assert!(lost.is_empty(), "{} of {} messages are lost: {lost:?}", lost.len(), texts.len());
        let read = self.read.lock().unwrap();
        let lost: Vec<_> = read.iter().filter(|id| !kept[*id]["read-at"].is_string()).collect();
        assert!(lost.is_empty(), "{} of {} marks are lost: {lost:?}", lost.len(), read.len());
        kept
    }
}

/// Returns all messages of kobe by id, after checking that every list that has a message shows it alike.
pub(super) fn whole(server: &Server) -> BTreeMap<String, Value> {
    let kept = by_id(&all(server, "/listmsg/kobe?box=all&", "messages"));
    let list = |path: &str| by_id(&all(server, path, "messages"));
    let received = list("/listmsg/kobe?");
    assert_eq!(received, list("/listmsg/jordan?box=sent&with=kobe&"), "the two sides of a conversation differ");
    let answers = list("/listmsg/jordan?");
    assert_eq!(answers, list("/listmsg/kobe?box=sent&with=jordan&"), "the two sides of a conversation differ");
    let mut unread = received;
    unread.retain(|_, message| message["read-at"].is_null());
    assert_eq!(list("/listmsg/kobe?unread=true&"), unread);
    let replies = by_id(&all(server, "/listreplies/24?", "replies"));
    let wanted: BTreeSet<_> =
        kept.iter().filter(|(_, message)| message["reply-to-id"] == "24").map(|(id, _)| id).collect();
    assert_eq!(replies.keys().collect::<BTreeSet<_>>(), wanted);
    for (id, message) in &kept {
        if let Some(answer) = message["answered-by"].as_str() {
            assert_eq!(kept[answer]["reply-to-id"], json!(id));
        }
        if message["quick-reply"].is_object() {
            assert_eq!(kept[message["reply-to-id"].as_str().unwrap()]["answered-by"], json!(id));
        }
    }
    kept
}

fn all(server: &Server, path: &str, list: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("{path}limit=100{cursor}")).mj().send().expect(200);
        found.extend(page[list].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            None => return found,
            Some(next) => cursor = format!("&cursor={next}"),
        }
    }
}

fn id(message: &Value) -> String {
    message["id"].as_str().unwrap().to_owned()
}

fn by_id(messages: &[Value]) -> BTreeMap<String, Value> {
    let by_id: BTreeMap<_, _> = messages.iter().map(|message| (id(message), message.clone())).collect();
    assert_eq!(by_id.len(), messages.len(), "a message is there twice");
    by_id
}
