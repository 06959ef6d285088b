use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use twclone_testkit::{Server, Value, World, json};

const WRITERS: usize = 16;

/// What the witness saw acknowledged: the text of each message by its id.
type Acknowledged = Mutex<BTreeMap<String, String>>;

/// Sends, replies, asks and answers until the server is gone.
fn write(server: &Server, writer: usize, round: usize, acknowledged: &Acknowledged) {
    for count in 0.. {
        let text = format!("{round}-{writer}-{count}");
        let (path, body) = match count % 3 {
            0 => ("/sendmsg", json!({"to": "kobe", "from": "jordan", "msg": text})),
            1 => ("/replyto", json!({"to": "kobe", "from": "jordan", "msg": text, "reply-to-id": 24})),
            _ => ("/sendmsg", json!({"to": "kobe", "from": "jordan", "msg": text, "quick-replies": ["Yes", "No"]})),
        };
        let Some(answer) = server.post(path, &body).mj().try_send() else { return };
        let message = answer.expect(201);
        acknowledged.lock().unwrap().insert(message["id"].as_str().unwrap().to_owned(), text);
        if count % 3 == 2 {
            let body = json!({"to": "jordan", "from": "kobe", "quick-reply": 1, "reply-to-id": message["id"]});
            let Some(answer) = server.post("/replyto", &body).mj().try_send() else { return };
            acknowledged.lock().unwrap().insert(answer.expect(201)["id"].as_str().unwrap().to_owned(), "No".to_owned());
        }
    }
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

fn by_id(messages: &[Value]) -> BTreeMap<String, Value> {
    let by_id: BTreeMap<_, _> =
        messages.iter().map(|message| (message["id"].as_str().unwrap().to_owned(), message.clone())).collect();
    assert_eq!(by_id.len(), messages.len(), "a message is there twice");
    by_id
}

/// Every acknowledged message is there once, the same in each list; nothing is half there.
fn check(server: &Server, acknowledged: &BTreeMap<String, String>) {
    let kept = by_id(&all(server, "/listmsg/kobe?box=all&", "messages"));
    let halves = [
        (
            by_id(&all(server, "/listmsg/kobe?", "messages")),
            by_id(&all(server, "/listmsg/jordan?box=sent&with=kobe&", "messages")),
        ),
        (
            by_id(&all(server, "/listmsg/jordan?", "messages")),
            by_id(&all(server, "/listmsg/kobe?box=sent&with=jordan&", "messages")),
        ),
    ];
    for (received, sent) in &halves {
        assert_eq!(received, sent, "the two sides of a conversation differ");
    }
    let unread = by_id(&all(server, "/listmsg/kobe?unread=true&", "messages"));
    assert!(halves[0].0.iter().all(|(id, message)| message["read-at"].is_string() || unread[id] == *message));
    for (id, text) in acknowledged {
        assert_eq!(kept.get(id).map(|message| &message["msg"]), Some(&json!(text)), "{id} is lost");
    }
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
}

#[test]
fn what_is_acknowledged_outlives_a_kill() {
    let world = World::new();
    let acknowledged = Acknowledged::default();
    let mut server = world.serve_seeded();
    for round in 0..10 {
        // Not a wait for something: a moment to be killed at, other in each round.
        let moment = Duration::from_millis(40 + 37 * round as u64 % 150);
        let process = server.process();
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (server, acknowledged) = (&server, &acknowledged);
                scope.spawn(move || write(server, writer, round, acknowledged));
            }
            std::thread::park_timeout(moment);
            let killed = std::process::Command::new("kill").args(["-9", &process.to_string()]).status().unwrap();
            assert!(killed.success());
        });
        server.kill();
        server = world.serve();
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() > 100, "only {} were acknowledged", acknowledged.len());
    check(&server, &acknowledged);
}

#[test]
fn two_servers_share_one_data_folder() {
    let world = World::new();
    let (one, other) = (world.serve_seeded(), world.serve());
    let acknowledged = Acknowledged::default();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (server, acknowledged) = (if writer % 2 == 0 { &one } else { &other }, &acknowledged);
            scope.spawn(move || {
                for count in 0..15 {
                    let text = format!("{writer}-{count}");
                    let body = json!({"to": "kobe", "from": "jordan", "msg": text});
                    let message = server.post("/sendmsg", &body).mj().send().expect(201);
                    acknowledged.lock().unwrap().insert(message["id"].as_str().unwrap().to_owned(), text);
                }
            });
        }
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert_eq!(acknowledged.len(), 8 * 15, "an id was given twice");
    check(&one, &acknowledged);
    check(&other, &acknowledged);
}

#[test]
fn a_server_told_to_stop_ends_what_it_has_begun() {
    let world = World::new();
    let server = world.serve_seeded();
    let acknowledged = Acknowledged::default();
    let process = server.process().to_string();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (server, acknowledged) = (&server, &acknowledged);
            scope.spawn(move || write(server, writer, 0, acknowledged));
        }
        std::thread::park_timeout(Duration::from_millis(100));
        assert!(std::process::Command::new("kill").arg(&process).status().unwrap().success());
    });
    assert_eq!(server.stop(), Some(0));
    check(&world.serve(), &acknowledged.into_inner().unwrap());
}
