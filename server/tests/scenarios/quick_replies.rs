use twclone_testkit::{Server, Value, World, json};

fn ask(server: &Server, to: &str, options: &Value) -> Value {
    let body = json!({"to": to, "from": "kobe", "msg": "Well?", "quick-replies": options});
    server.post("/sendmsg", &body).mj().send().expect(201)
}

#[test]
fn an_answer_shows_on_every_view_of_the_question() {
    let world = World::new();
    let server = world.serve_seeded();
    let first =
        server.post("/sendmsg", &json!({"to": "jordan", "from": "kobe", "msg": "first"})).mj().send().expect(201);
    let body = json!({"to": "jordan", "from": "kobe", "msg": "Well?", "reply-to-id": first["id"],
        "quick-replies": ["Yes", "No"]});
    let question = server.post("/replyto", &body).mj().send().expect(201);
    let id = question["id"].as_str().unwrap();
    let body = json!({"to": "kobe", "from": "jordan", "quick-reply": 1});
    let answer = server.post("/replyto", &body).mj().send().expect(201);
    assert_eq!(answer["reply-to-id"], id);
    assert_eq!(answer["quick-reply"], json!({"index": 1, "text": "No"}));
    let parent = first["id"].as_str().unwrap();
    for (path, place) in [
        ("/listmsg/jordan".to_owned(), "/messages/0"),
        ("/listmsg/jordan?unread=true".to_owned(), "/messages/0"),
        ("/listmsg/jordan?with=kobe".to_owned(), "/messages/0"),
        ("/listmsg/kobe?box=sent".to_owned(), "/messages/0"),
        (format!("/listreplies/{id}"), "/message"),
        (format!("/listreplies/{parent}"), "/replies/0"),
    ] {
        let view = server.get(&path).mj().send().expect(200);
        let seen = view.pointer(place).unwrap();
        assert_eq!((&seen["id"], &seen["answered-by"]), (&question["id"], &answer["id"]), "{path}: {view}");
    }
}

#[test]
fn a_question_has_one_answer() {
    let world = World::new();
    let server = world.serve_seeded();
    let question = ask(&server, "mj", &json!(["Yes", "No"]));
    let body = json!({"to": "kobe", "quick-reply": "0", "reply-to-id": question["id"]});
    let answer = server.post("/replyto", &body).mj().send().expect(201);
    let body = json!({"to": "kobe", "quick-reply": "1", "reply-to-id": question["id"]});
    let second = server.post("/replyto", &body).mj().send().problem(409);
    assert_eq!(second["answer"], answer);
    let thread = server.get(&format!("/listreplies/{}", question["id"].as_str().unwrap())).mj().send().expect(200);
    assert_eq!(thread["replies"], json!([answer]));
}

#[test]
fn without_a_name_the_newest_open_question_is_answered() {
    let world = World::new();
    let server = world.serve_seeded();
    let older = ask(&server, "mj", &json!(["a", "b"]));
    let newer = ask(&server, "mj", &json!(["c", "d"]));
    let choose =
        |index: u32| server.post("/replyto", &json!({"to": "kobe", "quick-reply": index.to_string()})).mj().send();
    assert_eq!(choose(1).expect(201)["reply-to-id"], newer["id"]);
    assert_eq!(choose(0).expect(201)["reply-to-id"], older["id"]);
    choose(0).problem(404);
    // The seed's question is from another account.
    let body = json!({"to": "kobebryant", "quick-reply": 3});
    assert_eq!(server.post("/replyto", &body).mj().send().expect(201)["msg"], "I cannot come");
}

#[test]
fn a_choice_that_is_not_offered_is_told_what_is() {
    let world = World::new();
    let server = world.serve_seeded();
    let answer = server.post("/replyto", &json!({"to": "kobebryant", "quick-reply": 4})).mj().send();
    assert_eq!(answer.blamed(), ["quick-reply"]);
    let text = answer.json()["detail"].to_string();
    for option in
        ["0 \\\"At the gym\\\"", "1 \\\"At the hotel\\\"", "2 \\\"On the court\\\"", "3 \\\"I cannot come\\\""]
    {
        assert!(text.contains(option), "{option} is not in {text}");
    }
    for wrong in [json!(-1), json!("two"), json!(1.5), json!([1])] {
        let answer = server.post("/replyto", &json!({"to": "kobebryant", "quick-reply": wrong})).mj().send();
        assert_eq!(answer.blamed(), ["quick-reply"]);
    }
    // The question is still open.
    server.post("/replyto", &json!({"to": "kobebryant", "quick-reply": 0})).mj().send().expect(201);
}

#[test]
fn only_who_was_asked_can_answer() {
    let world = World::new();
    let server = world.serve_seeded();
    let question = ask(&server, "steve", &json!(["Yes"]));
    let body = json!({"to": "kobe", "quick-reply": 0, "reply-to-id": question["id"]});
    server.post("/replyto", &body).basic("chris", "password2").send().problem(404);
    server.post("/replyto", &body).mj().send().problem(404);
    server.post("/replyto", &body).basic("steve", "password2").send().expect(201);
    let plain =
        server.post("/sendmsg", &json!({"to": "mj", "from": "kobe", "msg": "no question"})).mj().send().expect(201);
    let body = json!({"to": "kobe", "quick-reply": 0, "reply-to-id": plain["id"]});
    assert_eq!(server.post("/replyto", &body).mj().send().blamed(), ["quick-reply"]);
}
