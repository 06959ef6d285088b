use std::time::Duration;

use twclone_testkit::{Answer, DeletionFixture, Server, Value, World, json};

use super::seeded;

fn post(server: &Server, from: &str, number: u64) -> Answer {
    let text = format!("meanwhile {number}");
    if from == "mj" {
        let body = json!({"to": DeletionFixture::NAME, "msg": text, "quick-replies": ["Yes"]});
        server.post("/sendmsg", &body).mj().send()
    } else {
        let body = json!({"to": "mj", "msg": text, "quick-replies": ["Yes"]});
        server.post("/sendmsg", &body).basic(DeletionFixture::NAME, DeletionFixture::PASSWORD).send()
    }
}

/// Writes until a write is refused. Returns what was written.
fn write(server: &Server, from: &str, refusal: u16) -> Vec<Value> {
    let mut written = Vec::new();
    loop {
        let answer = post(server, from, written.len() as u64);
        if answer.status != 201 {
            answer.problem(refusal);
            return written;
        }
        written.push(answer.json());
    }
}

/// Marks some of the account's messages as read while they are being removed.
fn mark(server: &Server) {
    for round in 0..10 {
        for person in 0..4 {
            let body = json!({"up-to": 1_000 + 4 * round});
            server.post(&format!("/listmsg/person{person}/read"), &body).mj().send().expect(200);
        }
    }
}

#[test]
fn what_is_written_meanwhile_leaves_no_orphan() {
    let world = World::new();
    let fixture = DeletionFixture::new(40);
    let server = seeded(&world, &fixture);
    let written: Vec<_> = std::thread::scope(|scope| {
        let server = &server;
        let writers = [("mj", 404), ("mj", 404), ("dennis", 401), ("dennis", 401)];
        let threads = writers.map(|(from, refusal)| scope.spawn(move || write(server, from, refusal)));
        std::thread::sleep(Duration::from_millis(300));
        DeletionFixture::delete(server);
        mark(server);
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(written.len() > 4, "only {} were written", written.len());

    DeletionFixture::finished(&world);
    assert_eq!(DeletionFixture::left(&world) + world.left_of(DeletionFixture::NAME, &["mj"]), 0);
    for message in &written {
        let id = message["id"].as_str().unwrap();
        let shown = server.get(&format!("/listreplies/{id}")).mj().send().expect(200)["message"].take();
        let party = if message["from"] == "mj" { "to" } else { "from" };
        assert_eq!((&shown[party], &shown["msg"]), (&json!("deleted account"), &message["msg"]));
    }
    let listed = DeletionFixture::listed(&server, "/listmsg/mj?box=all&with=dennis");
    assert!(listed.values().all(|message| message["from"] != "dennis" && message["to"] != "dennis"), "{listed:?}");
    assert_eq!(listed.len(), written.len());
    // Marking messages as read while their copies are removed keeps none of them.
    let marked = |message: &Value| message["id"].as_str().is_some();
    for person in 0..4 {
        let inbox = server.get(&format!("/listmsg/person{person}?limit=100")).mj().send().expect(200);
        assert!(inbox["messages"].as_array().unwrap().iter().all(marked), "{inbox}");
    }
}
