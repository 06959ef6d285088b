//! Deleting an account: what stops at once, what is removed in the background, and what others keep.

mod killing;
mod writing;

use twclone_testkit::{DeletionFixture, Server, Value, World, json};

fn seeded(world: &World, fixture: &DeletionFixture) -> Server {
    let file = world.file("doomed.jsonl", &fixture.seed());
    world.serve_with(&["--seed", file.to_str().unwrap()])
}

fn log_in(server: &Server) -> Value {
    let body = json!({"username": DeletionFixture::NAME, "password": DeletionFixture::PASSWORD});
    server.post("/login", &body).send().expect(200)
}

#[test]
fn a_deletion_counts_from_the_next_request_on() {
    let world = World::new();
    let server = seeded(&world, &DeletionFixture::new(8));
    let tokens = log_in(&server);
    let access = tokens["access_token"].as_str().unwrap();
    let made = server.post("/auth/app-passwords", &json!({"name": "bot"})).bearer(access).send().expect(201);
    let app_password = made["password"].as_str().unwrap();
    let inbox = || server.get("/listmsg/dennis");
    assert_eq!(inbox().bearer(access).send().status, 200);
    assert_eq!(inbox().basic("dennis", app_password).send().status, 200);

    DeletionFixture::delete(&server);
    inbox().bearer(access).send().problem(401);
    inbox().basic("dennis", app_password).send().problem(401);
    inbox().basic("dennis", DeletionFixture::PASSWORD).send().problem(401);
    server.post("/auth/refresh-token", &json!({"refresh_token": tokens["refresh_token"]})).send().problem(401);
    server.post("/login", &json!({"username": "dennis", "password": DeletionFixture::PASSWORD})).send().problem(401);

    for name in ["dennis", "DENNIS", "Dennis"] {
        let body = json!({"username": name, "email": "dennis@example.com", "password": "worm of 1992"});
        server.post("/register", &body).send().problem(409);
        server.get(&format!("/user/data/{name}")).send().problem(404);
        server.post("/sendmsg", &json!({"to": name, "msg": "Still there?"})).mj().send().problem(404);
    }
    let users = server.get("/users/all").send().expect(200);
    assert!(users["users"].as_array().unwrap().iter().all(|user| user["username"] != "dennis"), "{users}");
}

#[test]
fn the_others_keep_their_conversations() {
    let world = World::new();
    let fixture = DeletionFixture::new(64);
    let server = seeded(&world, &fixture);
    DeletionFixture::delete(&server);
    let deletion = DeletionFixture::finished(&world);
    assert_eq!(deletion["removed"], 64, "{deletion}");
    fixture.assert_gone(&world, &server);

    // Questions and messages of the deleted account can no longer be answered. 1008 is its open question to the
    // second person.
    let choose = json!({"to": "dennis", "from": "person1", "quick-reply": 0, "reply-to-id": 1008});
    server.post("/replyto", &choose).mj().send().problem(404);
    let choose = json!({"to": "dennis", "from": "person1", "quick-reply": 0});
    server.post("/replyto", &choose).mj().send().problem(404);
    let reply = json!({"to": "dennis", "from": "person0", "msg": "Why?", "reply-to-id": 1004});
    server.post("/replyto", &reply).mj().send().problem(404);

    // Unread messages can still be marked as read, and that restores nothing of the sender.
    let marked = server.post("/listmsg/person0/read", &json!({"up-to": 999_999})).mj().send().expect(200);
    assert!(marked["marked"].as_u64().unwrap() > 0, "{marked}");
    assert_eq!(DeletionFixture::left(&world), 0);
    let unread = server.get("/listmsg/person0?unread=true").mj().send().expect(200);
    assert_eq!(unread["messages"], json!([]));
    let read = server.get("/listmsg/person0?with=dennis&limit=1").mj().send().expect(200);
    assert_eq!(
        (&read["messages"][0]["from"], read["messages"][0]["read-at"].is_string()),
        (&json!("deleted account"), true)
    );
}

#[test]
fn where_both_are_deleted_nothing_is_kept() {
    let world = World::new();
    let fixture = DeletionFixture::new(32);
    let server = seeded(&world, &fixture);
    let delete = |name: &str| world.admin(&["users", "delete", name, "--yes", "--no-wait"]).code;
    // Starts both at once, so that their jobs overlap.
    DeletionFixture::delete(&server);
    assert_eq!(delete("person0"), Some(0));
    DeletionFixture::finished(&world);
    assert_eq!(world.admin(&["users", "delete", "person0"]).code, Some(0));
    assert_eq!(world.left_of("person0", &["dennis"]) + DeletionFixture::left(&world), 0);
    // 1000–1007 were between the two, 1008–1015 are the next person's.
    assert_eq!(world.messages(1_000..1_008), 0);
    assert_eq!(world.messages(1_008..1_016), 7);

    // Loading the file again restores nothing.
    let file = world.file("doomed.jsonl", &fixture.seed());
    let again = world.admin(&["--json", "seed", file.to_str().unwrap()]).json();
    let messages = &again["files"][0]["messages"];
    assert_eq!(
        (&messages["created"], &messages["unchanged"], &messages["refused"]),
        (&json!(0), &json!(21), &json!(11))
    );
    assert_eq!(world.left_of("person0", &["dennis"]) + DeletionFixture::left(&world), 0);
}
