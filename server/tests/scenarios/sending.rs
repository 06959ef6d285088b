use twclone_testkit::{World, json};

#[test]
fn both_parties_see_a_message_as_soon_as_it_is_answered() {
    let world = World::new();
    let server = world.serve_seeded();
    for count in 0..20 {
        let body = json!({"to": "steve", "msg": format!("number {count}")});
        let sent = server.post("/sendmsg", &body).basic("chris", "password2").send().expect(201);
        let received = server.get("/listmsg/steve?limit=1").basic("steve", "password2").send().expect(200);
        assert_eq!(received["messages"][0], sent);
        let own = server.get("/listmsg/chris?box=sent&limit=1").basic("chris", "password2").send().expect(200);
        assert_eq!(own["messages"][0], sent);
    }
}

#[test]
fn a_text_comes_back_byte_for_byte() {
    let world = World::new();
    let server = world.serve_seeded();
    let graphemes = "👩‍👩‍👧‍👦".repeat(1_000);
    for text in ["  spaces  ", "Zeile\nTab\t", "e\u{301} and é stay two", "🏀🇨🇭", graphemes.as_str(), "\"quoted\\\""]
    {
        let sent = server.post("/sendmsg", &json!({"to": "kobe", "msg": text})).mj().send().expect(201);
        assert_eq!(sent["msg"], text);
        let listed = server.get("/listmsg/kobe?limit=1").mj().send().expect(200);
        assert_eq!(listed["messages"][0]["msg"], text);
    }
}

#[test]
fn lines_end_with_a_newline_whatever_they_ended_with() {
    let world = World::new();
    let server = world.serve_seeded();
    let text = "one\r\ntwo\rthree\r\n\r\nfour\n";
    let sent = server.post("/sendmsg", &json!({"to": "kobe", "msg": text})).mj().send().expect(201);
    assert_eq!(sent["msg"], "one\ntwo\nthree\n\nfour\n");
    // Three line ends are three more characters, not six.
    let longest = format!("{}\r\n\r\n\r\n", "x".repeat(997));
    server.post("/sendmsg", &json!({"to": "kobe", "msg": longest})).mj().send().expect(201);
    for (method, path, field) in
        [("PATCH", "/user/", "bio"), ("POST", "/posts-api/v1/posts", "content"), ("POST", "/postTweet", "tweet")]
    {
        let body = json!({field: text}).to_string();
        let answer = server.call(method, path).body("application/json", body).mj().send();
        assert!([200, 201].contains(&answer.status), "{path}: {answer:?}");
        assert!(answer.text.contains(r"one\ntwo\nthree\n\nfour\n"), "{path}: {answer:?}");
    }
    // A name has one line, whichever line end is used.
    let named = server.call("PATCH", "/user/").body("application/json", json!({"name": "one\r\ntwo"}).to_string());
    assert_eq!(named.mj().send().blamed(), ["name"]);
    let option = json!({"to": "kobe", "msg": "x", "quick-replies": ["one\rtwo"]});
    assert_eq!(server.post("/sendmsg", &option).mj().send().blamed(), ["quick-replies[0]"]);
}

#[test]
fn a_form_says_the_same_as_json() {
    let world = World::new();
    let server = world.serve_seeded();
    let form = "to=kobe&msg=one+%26+two&quick-replies[]=Yes&quick-replies[]=No";
    let call = server.call("POST", "/sendmsg").mj().body("application/x-www-form-urlencoded", form);
    let sent = call.send().expect(201);
    assert_eq!(sent["msg"], "one & two");
    assert_eq!(sent["quick-replies"], json!([{"index": 0, "text": "Yes"}, {"index": 1, "text": "No"}]));
    let sent =
        server.post("/sendmsg", &json!({"to": "KOBE", "message": "the other name of msg"})).mj().send().expect(201);
    assert_eq!(sent["msg"], "the other name of msg");
    assert_eq!(sent["to"], "kobe");
    assert_eq!(server.post("/sendmsg", &json!({"to": "3", "msg": "by id"})).mj().send().expect(201)["to"], "kobe");
}

#[test]
fn somebody_can_write_to_himself() {
    let world = World::new();
    let server = world.serve_seeded();
    let sent = server.post("/sendmsg", &json!({"to": "mj", "msg": "note to self"})).mj().send().expect(201);
    let all = server.get("/listmsg/mj?box=all&limit=1").mj().send().expect(200);
    assert_eq!(all["messages"], json!([sent]));
    let second =
        server.get(&format!("/listmsg/mj?box=all&limit=1&cursor={}", all["next"].as_str().unwrap())).mj().send();
    assert_ne!(second.expect(200)["messages"][0]["id"], sent["id"]);
    let with = server.get("/listmsg/mj?box=all&with=mj").mj().send().expect(200);
    assert_eq!(with["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn only_the_sender_and_its_delegates_write_in_its_name() {
    let world = World::new();
    let server = world.serve_seeded();
    let before = server.get("/listmsg/kobe").mj().send().text;
    for from in ["jordan", "steve", "nobody_at_all"] {
        let body = json!({"to": "kobe", "from": from, "msg": "forged"});
        server.post("/sendmsg", &body).basic("chris", "password2").send().problem(403);
        let body = json!({"to": "kobe", "from": from, "msg": "forged", "reply-to-id": "24"});
        server.post("/replyto", &body).basic("chris", "password2").send().problem(403);
    }
    assert_eq!(server.get("/listmsg/kobe").mj().send().text, before);
    let own = server.post("/sendmsg", &json!({"to": "kobe", "from": "Chris", "msg": "mine"}));
    assert_eq!(own.basic("chris", "password2").send().expect(201)["sent-by"], json!(null));
}

#[test]
fn a_reply_stays_between_the_same_two() {
    let world = World::new();
    let server = world.serve_seeded();
    for (to, from, parent) in [("jordan", "mj", "24"), ("scottie", "kobe", "24"), ("jordan", "kobe", "999")] {
        let body = json!({"to": to, "from": from, "msg": "hello", "reply-to-id": parent});
        server.post("/replyto", &body).mj().send().problem(404);
    }
    // In both directions: an account may reply to its own message.
    for (to, from) in [("jordan", "kobe"), ("kobe", "jordan")] {
        let body = json!({"to": to, "from": from, "msg": "hello", "reply-to-id": 24});
        assert_eq!(server.post("/replyto", &body).mj().send().expect(201)["reply-to-id"], "24");
    }
}

#[test]
fn replies_are_for_the_two_parties_and_their_delegates() {
    let world = World::new();
    let server = world.serve_seeded();
    server.get("/listreplies/24").mj().send().expect(200);
    let other = server.get("/listreplies/24").basic("chris", "password2").send().problem(404);
    let missing = server.get("/listreplies/25000").basic("chris", "password2").send().problem(404);
    assert_eq!(other["detail"].as_str().unwrap().replace("24", "25000"), missing["detail"]);
    server.get("/listreplies/twenty").mj().send().problem(404);
    server.get("/listreplies/24").send().problem(401);
}
