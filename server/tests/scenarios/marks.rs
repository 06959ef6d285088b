use twclone_testkit::{Server, Value, World, json};

fn unread(server: &Server, path: &str) -> Vec<Value> {
    let list = server.get(path).mj().send().expect(200);
    list["messages"].as_array().unwrap().iter().map(|message| message["msg"].clone()).collect()
}

fn write(server: &Server, count: usize) -> Vec<String> {
    (0..count)
        .map(|count| {
            let body = json!({"to": "mj", "from": "kobe", "msg": format!("number {count}")});
            server.post("/sendmsg", &body).mj().send().expect(201)["id"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn looking_marks_nothing() {
    let world = World::new();
    let server = world.serve_seeded();
    let first = server.get("/listmsg/mj").mj().send().text;
    assert_eq!(server.get("/listmsg/mj").mj().send().text, first);
    assert_eq!(unread(&server, "/listmsg/mj?unread=true").len(), 2);
}

#[test]
fn a_mark_covers_everything_up_to_a_message() {
    let world = World::new();
    let server = world.serve_seeded();
    let ids = write(&server, 3);
    let marked = server.post("/listmsg/mj/read", &json!({"up-to": ids[1]})).mj().send().expect(200);
    // Two of the seed's messages, and two of the three above.
    assert_eq!((&marked["marked"], &marked["more"]), (&json!(4), &json!(false)));
    assert_eq!(unread(&server, "/listmsg/mj?unread=true"), ["number 2"]);
    assert_eq!(unread(&server, "/listmsg/mj?unread=true&with=kobe"), ["number 2"]);
    assert_eq!(unread(&server, "/listmsg/kobe?unread=true&box=sent&with=mj"), ["number 2"]);
    for path in ["/listmsg/mj", "/listmsg/mj?with=kobe", "/listmsg/kobe?box=sent", "/listmsg/kobe?box=all"] {
        let list = server.get(path).mj().send().expect(200);
        let read = &list["messages"][1];
        assert_eq!((&read["id"], &read["read-at"]), (&json!(ids[1]), &marked["read-at"]), "{path}");
        assert_eq!(list["messages"][0]["read-at"], json!(null), "{path}");
    }
    let again = server.post("/listmsg/mj/read", &json!({"up-to": ids[1]})).mj().send().expect(200);
    assert_eq!(again["marked"], 0);
}

#[test]
fn many_are_marked_in_one_request() {
    let world = World::new();
    let server = world.serve_seeded();
    let ids = write(&server, 50);
    let marked = server.post("/listmsg/mj/read", &json!({"up-to": ids.last()})).mj().send().expect(200);
    assert_eq!(marked["marked"], 52);
    assert!(unread(&server, "/listmsg/mj?unread=true").is_empty());
    // A question that is marked as read can still be answered, and stays read.
    server.post("/replyto", &json!({"to": "kobebryant", "quick-reply": 0})).mj().send().expect(201);
    assert!(unread(&server, "/listmsg/mj?unread=true").is_empty());
    let question = server.get("/listreplies/31").mj().send().expect(200)["message"].clone();
    assert!(question["read-at"].is_string() && question["answered-by"].is_string(), "{question}");
}

#[test]
fn only_the_owner_and_delegates_mark() {
    let world = World::new();
    let server = world.serve_seeded();
    let body = json!({"up-to": 31});
    server.post("/listmsg/mj/read", &body).basic("chris", "password2").send().problem(403);
    server.post("/listmsg/mj/read", &body).send().problem(401);
    server.post("/listmsg/nobody/read", &body).mj().send().problem(404);
    assert_eq!(server.post("/listmsg/mj/read", &json!({})).mj().send().blamed(), ["up-to"]);
    assert_eq!(unread(&server, "/listmsg/mj?unread=true").len(), 2);
    assert_eq!(server.post("/listmsg/kobe/read", &body).mj().send().expect(200)["marked"], 1);
}

#[test]
fn two_marks_at_once_count_each_message_once() {
    let world = World::new();
    let server = world.serve_seeded();
    let ids = write(&server, 40);
    let body = json!({"up-to": ids.last()});
    let marked: u64 = std::thread::scope(|scope| {
        let mark = || server.post("/listmsg/mj/read", &body).mj().send().expect(200)["marked"].as_u64().unwrap();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(mark)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(marked, 42);
}
