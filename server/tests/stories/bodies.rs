use twclone_testkit::{Answer, Server, World};

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
