use twclone_testkit::{Answer, Server, World, json};

const FORM: &str = "application/x-www-form-urlencoded";

fn send(server: &Server, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
    server.call("POST", "/sendmsg").mj().body(kind, body).send()
}

#[test]
fn a_byte_order_mark_before_json_is_skipped() {
    let world = World::new();
    let server = world.serve_seeded();
    send(&server, "application/json", "\u{feff}{\"to\": \"kobe\", \"msg\": \"marked\"}").expect(201);
    // Only one byte order mark is accepted, at the beginning.
    for body in ["\u{feff}\u{feff}{}", "{}\u{feff}", "\u{feff}"] {
        send(&server, "application/json", body).problem(400);
    }
}

#[test]
fn json_under_another_name_is_recognised() {
    let world = World::new();
    let server = world.serve_seeded();
    for kind in [FORM, "text/plain", ""] {
        for body in [r#"{"to": "kobe", "msg": "x"}"#, "\u{feff}\r\n {\"password\": \"canary=1&canary=2\"}", "[1]"] {
            let problem = send(&server, kind, body).problem(415);
            assert_eq!(problem["detail"], "this looks like JSON: send Content-Type: application/json", "{kind} {body}");
        }
    }
    assert_eq!(send(&server, FORM, "to=kobe&msg={}").expect(201)["msg"], "{}");
}

#[test]
fn an_encoded_body_is_refused() {
    let world = World::new();
    let server = world.serve_seeded();
    let body = json!({"to": "kobe", "msg": "x"});
    for coding in ["gzip", "br", "identity, gzip", "aes128gcm"] {
        let answer = server.post("/sendmsg", &body).mj().header("Content-Encoding", coding).send();
        assert!(answer.problem(415)["detail"].as_str().unwrap().contains("Content-Encoding"));
        assert_eq!(answer.header("accept-encoding"), Some("identity"), "{coding}");
    }
    server.post("/sendmsg", &body).mj().header("Content-Encoding", "Identity").send().expect(201);
    // The body's media type is unrelated.
    assert_eq!(send(&server, "text/plain", "x").header("accept-encoding"), None);
}

#[test]
fn an_error_is_bounded_whatever_the_body() {
    let world = World::new();
    let server = world.serve_seeded();
    let names: Vec<_> = (0..6000).map(|name| format!("{name:x}")).collect();
    let many = names.iter().map(|name| (name.clone(), json!(1))).collect::<serde_json::Map<_, _>>();
    let long = "n".repeat(30_000);
    for (kind, body) in [
        (FORM, names.join("&")),
        (FORM, names.join("=1&")),
        (FORM, "msg=1&".repeat(8000)),
        (FORM, "quick-replies[]=&".repeat(3000)),
        (FORM, format!("{long}=1")),
        (FORM, long.clone()),
        ("application/json", serde_json::Value::Object(many).to_string()),
        ("application/json", json!({ &long: 1 }).to_string()),
        ("application/json", json!({"to": "kobe", "msg": "x", "quick-replies": [&long, &long]}).to_string()),
        ("application/json", json!({"to": "kobe", "msg": "x", "quick-replies": vec![1; 20_000]}).to_string()),
    ] {
        let answer = send(&server, kind, body.as_str());
        answer.problem(422);
        assert!(answer.text.len() < 3000, "{} bytes for {body:.40}", answer.text.len());
        assert!(!answer.text.contains(&"n".repeat(81)), "{body:.40}");
    }
    // The error names the first fields, and the number of the others.
    let answer = send(&server, "application/json", r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1}"#);
    assert!(answer.blamed().starts_with(&["to".to_owned(), "msg".to_owned(), "a".to_owned()]));
    assert!(answer.json()["detail"].as_str().unwrap().contains("2 more"), "{}", answer.text);
    let path = format!("/listmsg/{}", "n".repeat(8000));
    let answer = server.get(&path).mj().send();
    answer.problem(404);
    assert!(answer.text.len() < 1000);
}

#[test]
fn an_error_does_not_show_what_may_be_a_password() {
    let world = World::new();
    let server = world.serve_seeded();
    for (kind, body) in [
        (FORM, "canary"),
        (FORM, "username=mj&password=the&canary"),
        (FORM, "password: canary=1"),
        (FORM, "%7B%22password%22%3A%22canary%22%7D"),
        (FORM, "\"canary\"=1&\"canary\"=1"),
        (FORM, "{\"username\":\"mj\",\"password\":\"canary\"}"),
        ("application/json", "{\"password canary\": 1}"),
        ("application/json", "{\"password\": [\"canary\"]}"),
        ("application/json", "{\"password\": \"a\", \"password\": \"canary\"}"),
        ("application/json", "\"canary\""),
        ("application/json", "{\"password\": \"canary"),
        ("application/json", "{\"password\": canary}"),
    ] {
        for path in ["/login", "/register"] {
            let answer = server.call("POST", path).body(kind, body).send();
            assert!((400..500).contains(&answer.status), "{body} {answer:?}");
            assert!(!answer.text.contains("canary"), "{body} {}", answer.text);
        }
    }
    // A misspelt field name is reported to the client.
    assert_eq!(send(&server, FORM, "to=kobe&msg=x&colour=red").blamed(), ["colour"]);
    assert_eq!(send(&server, FORM, "to=kobe&msg=x&colour").blamed(), ["fields"]);
}

/// Lists and absent values as `<select multiple>` and generated clients send them.
#[test]
fn a_form_repeats_the_name_of_a_list_and_says_nothing_with_nothing() {
    let world = World::new();
    let server = world.serve_seeded();
    let options = |body: &str| {
        let sent = send(&server, FORM, body).expect(201);
        let options: Vec<_> =
            sent["quick-replies"].as_array().into_iter().flatten().map(|option| option["text"].clone()).collect();
        json!(options)
    };
    let question = "to=kobe&msg=Well%3F&";
    assert_eq!(options(&format!("{question}quick-replies=Yes%2C+sure&quick-replies=No")), json!(["Yes, sure", "No"]));
    assert_eq!(options(&format!("{question}quick-replies=Only")), json!(["Only"]));
    assert_eq!(options(&format!("{question}quick-replies[]=Only")), json!(["Only"]));
    assert_eq!(options(&format!("{question}quick-replies=&from=")), json!([]));
    for (body, blamed) in [
        ("to=kobe&msg=x&msg=y", "msg"),
        ("to=kobe&to=mj&msg=x", "to"),
        ("to=kobe&msg=", "msg"),
        ("to=&msg=x", "to"),
        ("to=kobe&msg=x&quick-replies=Yes&quick-replies=", "quick-replies[1]"),
        ("to=kobe&msg=x&colour=", "colour"),
    ] {
        assert_eq!(send(&server, FORM, body).blamed(), [blamed], "{body}");
    }
    // A field that a form sends empty is cleared, as by null.
    let patch = |body: &str| server.call("PATCH", "/user/").mj().body(FORM, body.to_owned()).send().expect(200);
    assert_eq!(patch("bio=Six+rings")["bio"], "Six rings");
    assert_eq!(patch("bio=&name=M.+J.")["bio"], "");
    let unfollowed = server.call("DELETE", "/followers/kobe").mj().body(FORM, "{}").send();
    assert_eq!(unfollowed.status, 404, "{unfollowed:?}");
    // In a query, an empty parameter is not treated as absent.
    assert_eq!(server.get("/listmsg/mj?with=").mj().send().blamed(), ["with"]);
}

#[test]
fn a_body_with_more_fields_than_any_request_has_is_refused() {
    let world = World::new();
    let server = world.serve();
    let send =
        |kind: &str, body: &str| server.call("POST", "/register").body(kind, body).send().problem(422).to_string();
    for (fields, is_too_many) in [(256, false), (257, true)] {
        let form: Vec<_> = (0..fields).map(|number| format!("f{number}=x")).collect();
        let object: Vec<_> = (0..fields).map(|number| format!("\"f{number}\":\"x\"")).collect();
        let told = [
            send("application/x-www-form-urlencoded", &form.join("&")),
            send("application/json", &format!("{{{}}}", object.join(","))),
        ];
        assert!(told.iter().all(|told| told.contains("more than 256") == is_too_many), "{fields}: {told:?}");
    }
}
