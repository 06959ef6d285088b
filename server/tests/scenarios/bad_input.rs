use twclone_testkit::{Server, Value, World, json};

/// Returns the fields that the error response names for a message with this body.
fn blamed(server: &Server, body: &Value) -> Vec<String> {
    server.post("/sendmsg", body).mj().send().blamed()
}

#[test]
fn every_fault_is_named() {
    let world = World::new();
    let server = world.serve_seeded();
    let before = server.get("/listmsg/kobe").mj().send().text;
    for (body, fields) in [
        (json!({}), vec!["to", "msg"]),
        (json!({"to": "kobe", "msg": ""}), vec!["msg"]),
        (json!({"to": "kobe", "msg": " \n\t"}), vec!["msg"]),
        (json!({"to": "kobe", "msg": "x".repeat(1001)}), vec!["msg"]),
        (json!({"to": "kobe", "msg": "null \u{0} byte"}), vec!["msg"]),
        (json!({"to": "kobe", "msg": "bell \u{7}"}), vec!["msg"]),
        (json!({"to": "kobe", "msg": "c1 \u{85}"}), vec!["msg"]),
        (json!({"to": "kobe", "msg": 5}), vec!["msg"]),
        (json!({"to": ["kobe"], "msg": {"a": 1}}), vec!["to", "msg"]),
        (json!({"to": "kobe", "msg": null}), vec!["msg"]),
        (json!({"to": "not a name!", "msg": "x"}), vec!["to"]),
        (json!({"to": "kobe", "msg": "x", "colour": 1, "form": "jordan"}), vec!["colour", "form"]),
        (json!({"to": "kobe", "msg": "x", "message": "y"}), vec!["msg"]),
        (json!({"to": "kobe", "msg": "x", "quick-replies": []}), vec!["quick-replies"]),
        (json!({"to": "kobe", "msg": "x", "quick-replies": "Yes"}), vec!["quick-replies"]),
        (json!({"to": "kobe", "msg": "x", "quick-replies": ["Yes", "Yes"]}), vec!["quick-replies"]),
        (json!({"to": "kobe", "msg": "x", "quick-replies": vec!["x"; 21]}), vec!["quick-replies"]),
        (json!({"to": "kobe", "msg": "x", "quick-replies": ["y".repeat(37)]}), vec!["quick-replies[0]"]),
        (
            json!({"to": "kobe", "msg": "x", "quick-replies": ["ok", "", 3]}),
            vec!["quick-replies[1]", "quick-replies[2]"],
        ),
    ] {
        assert_eq!(blamed(&server, &body), fields, "{body}");
    }
    assert_eq!(server.get("/listmsg/kobe").mj().send().text, before);
}

#[test]
fn what_cannot_be_seen_is_empty() {
    let world = World::new();
    let server = world.serve_seeded();
    let patch = |body: Value| server.call("PATCH", "/user/").body("application/json", body.to_string()).mj().send();
    for blank in
        ["\u{200B}", "\u{3164}", "\u{2800} \u{FE0F}", "\u{AD}\u{2060}", "\u{FEFF}", "\u{E0020}\u{115F}", "\u{FFA0}"]
    {
        assert_eq!(blamed(&server, &json!({"to": "kobe", "msg": blank})), ["msg"], "{blank:?}");
        let option = json!({"to": "kobe", "msg": "x", "quick-replies": [blank]});
        assert_eq!(blamed(&server, &option), ["quick-replies[0]"], "{blank:?}");
        assert_eq!(server.post("/postTweet", &json!({"tweet": blank})).mj().send().blamed(), ["tweet"], "{blank:?}");
        assert_eq!(patch(json!({"name": blank})).blamed(), ["name"], "{blank:?}");
        assert_eq!(patch(json!({"bio": blank})).blamed(), ["bio"], "{blank:?}");
        assert_eq!(server.post("/auth/app-passwords", &json!({"name": blank})).mj().send().blamed(), ["name"]);
    }
    // Invisible characters next to visible ones are kept.
    let family = "\u{200F}👩\u{200D}👧 ❤\u{FE0F}";
    let sent = server.post("/sendmsg", &json!({"to": "kobe", "msg": family})).mj().send().expect(201);
    assert_eq!(sent["msg"], family);
}

#[test]
fn a_name_changes_no_direction() {
    let world = World::new();
    let server = world.serve_seeded();
    let patch = |body: Value| server.call("PATCH", "/user/").body("application/json", body.to_string()).mj().send();
    for letter in ('\u{202A}'..='\u{202E}').chain('\u{2066}'..='\u{2069}') {
        let name = format!("abc{letter}def");
        assert_eq!(patch(json!({"name": name})).blamed(), ["name"], "{name:?}");
        assert_eq!(server.post("/auth/app-passwords", &json!({"name": name})).mj().send().blamed(), ["name"]);
        assert_eq!(patch(json!({"email": format!("{name}@example.com")})).blamed(), ["email"], "{name:?}");
    }
    for name in ["مايكل \u{200F}(MJ)", "מייקל ג׳ורדן"] {
        assert_eq!(patch(json!({"name": name})).status, 200, "{name}");
    }
}

#[test]
fn replies_and_parameters_are_as_strict() {
    let world = World::new();
    let server = world.serve_seeded();
    let reply = |body: Value| server.post("/replyto", &body).mj().send().blamed();
    assert_eq!(reply(json!({"to": "kobe", "msg": "x"})), ["reply-to-id"]);
    assert_eq!(reply(json!({"to": "kobe", "msg": "x", "reply-to-id": 0})), ["reply-to-id"]);
    assert_eq!(reply(json!({"to": "kobe", "msg": "x", "reply-to-id": "24.0"})), ["reply-to-id"]);
    assert_eq!(reply(json!({"to": "kobe", "msg": "x", "quick-reply": 1})), ["msg"]);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("box=trash", "box"),
        ("unread=1", "unread"),
        ("page=2", "page"),
        ("limit=1&limit=2", "limit"),
        ("with=a+b", "with"),
    ] {
        assert_eq!(server.get(&format!("/listmsg/mj?{query}")).mj().send().blamed(), [field]);
    }
}

#[test]
fn a_body_that_cannot_be_read_is_400() {
    let world = World::new();
    let server = world.serve_seeded();
    for body in ["{", "{\"to\": \"kobe\", \"msg\": NaN}", "{\"to\": \"kobe\",}", "to=kobe"] {
        server.call("POST", "/sendmsg").mj().body("application/json", body).send().problem(400);
    }
    let call = server.call("POST", "/sendmsg").mj().body("application/json", b"{\"to\": \"\xff\"}".to_vec());
    call.send().problem(400);
    let call = server.call("POST", "/sendmsg").mj().body("application/x-www-form-urlencoded", "to=%ff");
    call.send().problem(400);
    let call = server.call("POST", "/sendmsg").mj().body("application/json", "[1, 2]");
    assert_eq!(call.send().blamed(), ["body"]);
    let twice = r#"{"to": "kobe", "msg": "one", "msg": "two"}"#;
    assert_eq!(server.call("POST", "/sendmsg").mj().body("application/json", twice).send().blamed(), ["msg"]);
    let deep = format!("{{\"msg\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
    server.call("POST", "/sendmsg").mj().body("application/json", deep).send().problem(400);
}

#[test]
fn a_body_that_is_too_large_or_of_another_type_is_refused() {
    let world = World::new();
    let server = world.serve_seeded();
    let large = json!({"to": "kobe", "msg": "x".repeat(65 * 1024)});
    server.post("/sendmsg", &large).mj().send().problem(413);
    // The largest body that is read: its text is too long for a message, but it is read.
    let frame = json!({"to": "kobe", "msg": ""}).to_string().len();
    let full = json!({"to": "kobe", "msg": "x".repeat(65_536 - frame)});
    assert_eq!(blamed(&server, &full), ["msg"]);
    for kind in ["text/plain", "multipart/form-data; boundary=x", ""] {
        server.call("POST", "/sendmsg").mj().body(kind, "to=kobe&msg=x").send().problem(415);
    }
}

#[test]
fn unknown_paths_and_methods_are_told_apart() {
    let world = World::new();
    let server = world.serve_seeded();
    server.get("/nowhere").send().problem(404);
    let answer = server.call("DELETE", "/listmsg/kobe").mj().send();
    answer.problem(405);
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    assert_eq!(server.get("/sendmsg").send().header("allow"), Some("POST"));
    // A path without its last segment is another path, not another method.
    server.get("/listmsg/").mj().send().problem(404);
    // Words that a path has in the place of a user name are never user names.
    for (method, path, allowed) in [
        ("GET", "/posts/new", "POST"),
        ("DELETE", "/followers/new", "POST"),
        ("OPTIONS", "/followers/new", "POST"),
        ("PUT", "/users/all", "GET, HEAD"),
        ("PUT", "/users/SignIn", "POST"),
        // Methods that are newer than HTTP/1.1, and unknown ones.
        ("QUERY", "/sendmsg", "POST"),
        ("QUERY", "/posts/new", "POST"),
        ("SHOUT", "/listmsg/kobe", "GET, HEAD"),
        ("TRACE", "/listmsg/kobe", "GET, HEAD"),
    ] {
        let answer = server.call(method, path).mj().send();
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
    server.call("QUERY", "/nowhere").mj().send().problem(404);
    let html = server.get("/nowhere").header("Accept", "text/html").send();
    html.problem(404);
}

#[test]
fn a_path_is_read_in_one_way() {
    let world = World::new();
    let server = world.serve_seeded();
    let get = |path: &str| server.get(path).mj().send();
    let canonical = get("/listmsg/mj").expect(200);
    for path in ["//listmsg/mj", "/listmsg//mj", "/listmsg/mj/", "/listmsg/m%6A", "/listmsg/MJ"] {
        assert_eq!(get(path).expect(200), canonical, "{path}");
    }
    assert_eq!(get("/allposts").expect(200), get("/allposts/").expect(200));
    // Encoded characters neither separate segments nor end a path.
    for path in ["/listmsg%2fmj", "/listmsg/mj%2f", "/listmsg/mj%2fx", "/listmsg/mj%00", "/listmsg/%00", "/listmsg/%ff"]
    {
        get(path).problem(404);
    }
    for path in
        ["/listmsg/%", "/listmsg/%zz", "/LISTMSG/mj", "/listmsg%20/mj", "/listreplies/24%2f", "/listreplies/24%00"]
    {
        get(path).problem(404);
    }
}

#[test]
fn passwords_that_would_not_hold_are_refused() {
    let world = World::new();
    let server = world.serve_seeded();
    for (password, part) in [
        ("short", "at least 8"),
        ("nul \u{0} inside", "NUL"),
        (&*"x".repeat(72), "at most 71"),
        (&*"x".repeat(73), "at most 71"),
        ("Password1", "most common"),
        ("é".repeat(36).as_str(), "at most 71"),
    ] {
        let body = json!({"username": "dennis", "email": "dennis@example.com", "password": password});
        let answer = server.post("/register", &body).send();
        assert_eq!(answer.blamed(), ["password"]);
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{answer:?}");
    }
    let longest = "y".repeat(71);
    let body = json!({"username": "dennis", "email": "dennis@example.com", "password": longest});
    server.post("/register", &body).send().expect(201);
    server.get("/listmsg/dennis").basic("dennis", &longest).send().expect(200);
    for near in [&longest[1..], &format!("{longest}y"), &format!("{}z", &longest[1..]), &format!("{longest}\0")] {
        server.get("/listmsg/dennis").basic("dennis", near).send().problem(401);
    }
    let body = json!({"username": "7", "email": "at", "password": "long enough", "age": 7});
    assert_eq!(server.post("/register", &body).send().blamed(), ["username", "email", "age"]);
}

#[test]
fn a_form_cannot_change_the_method() {
    let world = World::new();
    let server = world.serve_seeded();
    let form = |path: &str, body: &str| {
        server.call("POST", path).mj().body("application/x-www-form-urlencoded", body.to_owned()).send()
    };
    assert_eq!(form("/sendmsg", "_method=PUT&to=kobe&msg=x").blamed(), ["_method"]);
    form("/listmsg/mj", "_method=GET").problem(405);
    form("/healthz", "_method=HEAD").problem(405);
    // Rocket skips empty fields, decodes names, and reads methods in any case.
    for empty in ["&", "&&", "=&", ""] {
        for name in ["_method", "%5Fmethod", "_method[]"] {
            for method in ["put", "PUT", "Put"] {
                form("/users/mj/blocks/kobe", &format!("{empty}{name}={method}")).problem(405);
            }
            form("/users/mj/blocks", &format!("{empty}{name}=get")).problem(405);
            form("/healthz", &format!("{empty}{name}=head")).problem(405);
        }
    }
    assert_eq!(server.get("/users/mj/blocks").mj().send().expect(200)["users"], json!([]));
}

#[test]
fn a_form_stays_what_it_was_sent_as() {
    let world = World::new();
    let server = world.serve_seeded();
    let tokens = server.post("/auth/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
    let token = tokens["access_token"].as_str().expect("a token");
    let ask = |method: &str, path: &str, body: &str| {
        let request = server.call(method, path).header("Cookie", &format!("access-Token={token}"));
        let request = request.header("Origin", "https://evil.example.com");
        request.body("application/x-www-form-urlencoded", body.to_owned()).send()
    };
    for body in ["_method=get", "&_method=get", "&_method=head", "&_method=options"] {
        ask("POST", "/auth/sessions", body).problem(405);
        ask("POST", "/sendmsg", body).problem(403);
    }
    // A `_method` field does not turn other methods into POST.
    let put = server.call("PUT", "/users/mj/blocks/kobe").mj();
    assert_eq!(put.body("application/x-www-form-urlencoded", "_method=post".to_owned()).send().status, 204);
}

#[test]
fn null_is_nothing_and_an_id_may_be_a_number() {
    let world = World::new();
    let server = world.serve_seeded();
    let body =
        json!({"to": 2, "from": 3, "msg": "hello", "reply-to-id": 24, "quick-reply": null, "quick-replies": null});
    let reply = server.post("/replyto", &body).mj().send().expect(201);
    assert_eq!((&reply["from"], &reply["to"]), (&json!("kobe"), &json!("jordan")));
    server.post("/login", &json!({"username": null, "password": null})).mj().send().expect(200);
}
