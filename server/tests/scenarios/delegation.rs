//! Delegation: the delegates of an account, their scope, their expiry, and the owner's audit.

use twclone_testkit::{Call, Server, World, json};

fn owner(call: Call) -> Call {
    call.basic("chris", "password2")
}

fn put(server: &Server, grant: &str) -> Call {
    owner(server.call("PUT", "/users/chris/delegates/mj").body("application/json", grant))
}

#[test]
fn an_owner_names_his_delegates() {
    let world = World::new();
    let server = world.serve_seeded();
    let send = || server.post("/sendmsg", &json!({"to": "kobe", "from": "chris", "msg": "hello"})).mj().send();
    send().problem(403);
    let answer = put(&server, "{}").send();
    let made = answer.expect(201);
    assert_eq!((&made["username"], made.get("scope")), (&json!("mj"), None));
    assert_eq!(answer.header("location"), Some("/users/chris/delegates/mj"));
    assert_eq!(owner(server.get("/users/chris/delegates/mj")).send().expect(200), made);
    owner(server.get("/users/chris/delegates/kobe")).send().problem(404);
    assert_eq!(send().expect(201)["sent-by"], "mj");
    put(&server, "{}").send().expect(200);
    let listed = owner(server.get("/users/chris/delegates")).send().expect(200);
    assert_eq!(listed["delegates"].as_array().unwrap().len(), 1);
    for (other, status) in
        [(server.get("/users/chris/delegates").mj(), 403), (server.get("/users/chris/delegates"), 401)]
    {
        other.send().problem(status);
    }
    // A delegate cannot name further delegates.
    let body = |call: Call| call.body("application/json", "{}");
    body(server.call("PUT", "/users/chris/delegates/kobe")).mj().send().problem(403);
    owner(body(server.call("PUT", "/users/chris/delegates/chris"))).send().problem(422);
    owner(body(server.call("PUT", "/users/chris/delegates/nobody_there"))).send().problem(404);
    let remove = || owner(server.call("DELETE", "/users/chris/delegates/mj")).send();
    assert_eq!(remove().status, 204);
    remove().problem(404);
    send().problem(403);
}

#[test]
fn a_grant_goes_as_far_as_its_scope_and_ends_with_its_time() {
    let world = World::new();
    let server = world.serve_seeded();
    let message = json!({"to": "kobe", "from": "chris", "msg": "hello"});
    for (scope, sends) in [("read", 403), ("write", 201), ("messages", 201)] {
        let granted = put(&server, &json!({"scope": scope}).to_string()).send();
        assert!([200, 201].contains(&granted.status), "{granted:?}");
        assert_eq!(server.post("/sendmsg", &message).mj().send().status, sends, "{scope}");
        server.get("/listmsg/chris").mj().send().expect(200);
        let mark = server.post("/listmsg/chris/read", &json!({"up-to": 1})).mj().send();
        assert_eq!(mark.status, if sends == 201 { 200 } else { 403 });
        server.get("/users/chris/audit").mj().send().problem(403);
    }
    assert_eq!(put(&server, r#"{"scope": "all"}"#).send().blamed(), ["scope"]);
    assert_eq!(put(&server, r#"{"expires-at": "2020-01-01T00:00:00Z"}"#).send().blamed(), ["expires-at"]);
    assert_eq!(put(&server, r#"{"expires-at": "tomorrow"}"#).send().blamed(), ["expires-at"]);
    put(&server, r#"{"expires_at": "2999-01-01T00:00:00Z"}"#).send().expect(200);
    server.get("/listmsg/chris").mj().send().expect(200);
    let soon = std::process::Command::new("date").args(["-u", "-d", "+4 seconds", "+%Y-%m-%dT%H:%M:%SZ"]).output();
    let soon = String::from_utf8(soon.unwrap().stdout).unwrap();
    put(&server, &json!({"expires-at": soon.trim()}).to_string()).send().expect(200);
    std::thread::sleep(std::time::Duration::from_millis(4_100));
    server.get("/listmsg/chris").mj().send().problem(403);
}

#[test]
fn every_act_of_a_delegate_is_in_the_owners_audit() {
    let world = World::new();
    let server = world.serve_seeded();
    let body = json!({"to": "kobe", "from": "jordan", "msg": "testing"});
    let sent = server.post("/sendmsg", &body).mj().header("Idempotency-Key", "once").send();
    let message = sent.expect(201)["id"].as_str().unwrap().to_owned();
    // A replay is not audited again.
    server.post("/sendmsg", &body).mj().header("Idempotency-Key", "once").send().expect(201);
    let reply = json!({"to": "jordan", "from": "kobe", "msg": "hello", "reply-to-id": 24});
    let replied = server.post("/replyto", &reply).mj().send();
    let choice = json!({"to": "kobebryant", "from": "jordan", "quick-reply": 0, "reply-to-id": 24});
    server.post("/replyto", &choice).mj().send().problem(404);
    server.post("/listmsg/jordan/read", &json!({"up-to": message})).mj().send().expect(200);
    assert_eq!(world.admin_with_input(&["users", "passwd", "jordan"], "old shoes\n").code, Some(0));
    assert_eq!(world.admin_with_input(&["users", "passwd", "kobe"], "old shoes\n").code, Some(0));
    let audit = |name: &str| {
        let call = server.get(&format!("/users/{name}/audit")).basic(name, "old shoes");
        call.send().expect(200)["events"].as_array().unwrap().clone()
    };
    let acts: Vec<_> = audit("jordan").into_iter().filter(|event| event["who"] == "mj").collect();
    let whats: Vec<_> = acts.iter().map(|act| act["what"].as_str().unwrap()).collect();
    assert_eq!(whats, ["messages-read", "message-sent"]);
    assert_eq!(acts[1]["request-id"].as_str(), sent.header("x-request-id"));
    assert_eq!(acts[1]["detail"], format!("message {message} to kobe"));
    assert!(acts[1]["at"].is_string() && acts[1]["address"] == "127.0.0.1");
    let acts: Vec<_> = audit("kobe").into_iter().filter(|event| event["what"] == "message-sent").collect();
    assert_eq!(acts.len(), 1);
    assert_eq!(acts[0]["request-id"].as_str(), replied.header("x-request-id"));
    // Page by page, from both stores in one order.
    let mut seen = Vec::new();
    let mut path = "/users/jordan/audit?limit=1".to_owned();
    loop {
        let page = server.get(&path).basic("jordan", "old shoes").send().expect(200);
        seen.extend(page["events"].as_array().unwrap().iter().map(|event| event["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/users/jordan/audit?limit=1&cursor={next}");
    }
    assert_eq!(seen, audit("jordan").iter().map(|event| event["id"].clone()).collect::<Vec<_>>());
    server.get("/users/jordan/audit").mj().send().problem(403);
    // What an account does for itself is not a delegate's act.
    server.post("/sendmsg", &json!({"to": "kobe", "msg": "mine"})).mj().send().expect(201);
    let own = server.get("/users/mj/audit").mj().send().expect(200);
    assert!(own["events"].as_array().unwrap().iter().all(|event| event["what"] != "message-sent"), "{own}");
}
