use twclone_testkit::{Answer, Server, Value, World, json};

fn send(server: &Server, path: &str, key: &str, body: &Value) -> Answer {
    server.post(path, body).mj().header("Idempotency-Key", key).send()
}

fn count(server: &Server, list: &str) -> usize {
    server.get(&format!("/listmsg/{list}")).mj().send().expect(200)["messages"].as_array().unwrap().len()
}

#[test]
fn the_same_request_has_its_effect_once() {
    let world = World::new();
    let server = world.serve_seeded();
    let before = count(&server, "kobe?limit=100");
    let body = json!({"to": "kobe", "from": "jordan", "msg": "once"});
    let first = send(&server, "/sendmsg", "key-1", &body);
    let second = send(&server, "/sendmsg", "key-1", &body);
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), (None, Some("true")));
    assert_eq!(count(&server, "kobe?limit=100"), before + 1);
    // A key is scoped to the account that uses it.
    let own = server.post("/sendmsg", &json!({"to": "kobe", "msg": "mine"})).basic("chris", "password2");
    assert_eq!(own.header("Idempotency-Key", "key-1").send().expect(201)["from"], "chris");
}

#[test]
fn the_first_answer_comes_again_after_a_crash_and_a_mark() {
    let world = World::new();
    let server = world.serve_seeded();
    let body = json!({"to": "mj", "from": "kobe", "msg": "once", "quick-replies": ["Yes"]});
    let first = send(&server, "/sendmsg", "key-1", &body).expect(201);
    server.post("/listmsg/mj/read", &json!({"up-to": first["id"]})).mj().send().expect(200);
    server.kill();
    let server = world.serve();
    assert_eq!(send(&server, "/sendmsg", "key-1", &body).expect(201), first);
}

#[test]
fn a_key_is_for_one_request() {
    let world = World::new();
    let server = world.serve_seeded();
    send(&server, "/sendmsg", "key-1", &json!({"to": "kobe", "msg": "one"})).expect(201);
    let other = send(&server, "/sendmsg", "key-1", &json!({"to": "kobe", "msg": "two"})).problem(422);
    assert_eq!(other["type"], "/docs#problem-key-reused");
    let reply = json!({"to": "kobe", "from": "jordan", "msg": "one", "reply-to-id": 24});
    assert_eq!(send(&server, "/replyto", "key-1", &reply).problem(422)["type"], "/docs#problem-key-reused");
    for bad in ["with space", "", &"k".repeat(256)] {
        assert_eq!(send(&server, "/sendmsg", bad, &json!({"to": "kobe", "msg": "x"})).blamed(), ["Idempotency-Key"]);
    }
}

#[test]
fn a_refused_request_does_not_use_the_key_up() {
    let world = World::new();
    let server = world.serve_seeded();
    let body = json!({"to": "dennis", "msg": "hello"});
    send(&server, "/sendmsg", "key-1", &body).problem(404);
    let sign_up = json!({"username": "dennis", "email": "dennis@example.com", "password": "worm of 1991"});
    server.post("/register", &sign_up).send().expect(201);
    send(&server, "/sendmsg", "key-1", &body).expect(201);
}

#[test]
fn a_quick_reply_sent_twice_answers_once() {
    let world = World::new();
    let server = world.serve_seeded();
    for body in [
        json!({"to": "kobebryant", "quick-reply": 1}),
        json!({"to": "scottie", "from": "mj", "msg": "ok", "reply-to-id": 21}),
    ] {
        let key = format!("key-{}", body["to"]).replace('"', "");
        let first = send(&server, "/replyto", &key, &body).expect(201);
        let second = send(&server, "/replyto", &key, &body);
        assert_eq!(second.expect(201), first);
        assert_eq!(second.header("idempotency-replayed"), Some("true"));
    }
}

#[test]
fn a_hundred_posts_with_one_key_make_one_message() {
    let world = World::new();
    let server = world.serve_seeded();
    let before = count(&server, "kobe?limit=100");
    let body = json!({"to": "kobe", "msg": "once"});
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..100).map(|_| scope.spawn(|| send(&server, "/sendmsg", "key-1", &body))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let ids: Vec<_> = answers.iter().map(|answer| answer.expect(201)["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(answers.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count(), 1);
    assert_eq!(count(&server, "kobe?limit=100"), before + 1);
}

#[test]
fn signing_up_twice_makes_one_account() {
    let world = World::new();
    let server = world.serve_seeded();
    let sign_up = |body: &Value| server.post("/register", body).header("Idempotency-Key", "key-1").send();
    let body = json!({"username": "dennis", "email": "dennis@example.com", "password": "worm of 1991"});
    let first = sign_up(&body);
    let second = sign_up(&body);
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    let taken = json!({"username": "rodman", "email": "dennis@example.com", "password": "worm of 1991"});
    assert_eq!(sign_up(&taken).problem(422)["type"], "/docs#problem-key-reused");
    let other_password = json!({"username": "dennis", "email": "dennis@example.com", "password": "worm of 1992"});
    assert_eq!(sign_up(&other_password).problem(422)["type"], "/docs#problem-key-reused");
}

#[test]
fn of_many_who_sign_up_with_one_key_one_gets_an_account() {
    let world = World::new();
    let server = world.serve_seeded();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sign_up = |name: usize| {
            let body =
                json!({"username": format!("dennis_{name}"), "email": "d@example.com", "password": "worm of 1991"});
            server.post("/register", &body).header("Idempotency-Key", "key-1").send().status
        };
        let threads: Vec<_> = (0..8).map(|name| scope.spawn(move || sign_up(name))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 7, "{statuses:?}");
}
