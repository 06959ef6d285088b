//! The example calls of the reference systems, as httpie sends them, on a fresh seed: here those of system 1.

mod fanout;
mod microblog;
mod rest;

use twclone_testkit::{World, json};

#[test]
fn the_example_calls_work_word_for_word() {
    let world = World::new();
    let server = world.serve_seeded();

    let session = server.post("/login", &json!({"username": "mj", "password": "bulls"})).mj().send().expect(200);
    assert_eq!(session["username"], "mj");
    assert_eq!(session["token_type"], "Bearer");
    assert_eq!(session["expires_in"], 600);
    assert!(session["access_token"].is_string() && session["refresh_token"].is_string());

    let sent = server.post("/sendmsg", &json!({"to": "kobe", "from": "jordan", "msg": "testing"})).mj().send();
    let message = sent.expect(201);
    assert_eq!(message["from"], "jordan");
    assert_eq!(message["to"], "kobe");
    assert_eq!(message["msg"], "testing");
    assert_eq!(message["sent-by"], "mj");
    assert_eq!(sent.header("location"), Some(format!("/listreplies/{}", message["id"].as_str().unwrap()).as_str()));

    let body = json!({"to": "jordan", "from": "kobe", "msg": "hello", "reply-to-id": "24"});
    let reply = server.post("/replyto", &body).mj().send().expect(201);
    assert_eq!(reply["reply-to-id"], "24");

    let body = json!({"to": "kobebryant", "from": "mj", "quick-reply": "2"});
    let answer = server.post("/replyto", &body).mj().send().expect(201);
    assert_eq!(answer["quick-reply"], json!({"index": 2, "text": "On the court"}));
    assert_eq!(answer["msg"], "On the court");

    let thread = server.get("/listreplies/24").mj().send().expect(200);
    assert_eq!(thread["message"]["id"], "24");
    assert_eq!(thread["message"]["from"], "jordan");
    let replies: Vec<_> = thread["replies"].as_array().unwrap().iter().map(|reply| &reply["msg"]).collect();
    assert_eq!(replies, ["Where you put your feet.", "hello"]);

    let inbox = server.get("/listmsg/kobebryant").mj().send().expect(200);
    assert_eq!(inbox["messages"][0]["id"], answer["id"]);

    let again = server.post("/replyto", &body).mj().send().problem(404);
    assert!(again["detail"].as_str().unwrap().contains("waits for a quick reply"), "{again}");
}

#[test]
fn people_with_a_password_can_log_in_and_others_cannot() {
    let world = World::new();
    let server = world.serve_seeded();
    for (name, password, status) in [("mj", "bulls", 200), ("chris", "password2", 200), ("steve", "password2", 200)] {
        server.post("/login", &json!({"username": name, "password": password})).send().expect(status);
    }
    for name in ["jordan", "kobe", "kobebryant", "scottie"] {
        server.post("/login", &json!({"username": name, "password": ""})).send().problem(401);
    }
}
