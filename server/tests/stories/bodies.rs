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
    // One mark, at the beginning.
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
    // The body's type is another matter.
    assert_eq!(send(&server, "text/plain", "x").header("accept-encoding"), None);
}
