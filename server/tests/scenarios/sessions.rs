//! Sessions that continue, end, and cannot be stolen twice.

use std::sync::Barrier;

use twclone_testkit::{Answer, Server, Value, World, json};

fn log_in(server: &Server) -> Value {
    server.post("/auth/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200)
}

fn refresh(server: &Server, tokens: &Value) -> Answer {
    server.post("/auth/refresh-token", &json!({"refresh_token": tokens["refresh_token"]})).send()
}

fn reads(server: &Server, tokens: &Value) -> u16 {
    server.get("/listmsg/mj").bearer(tokens["access_token"].as_str().unwrap()).send().status
}

#[test]
fn a_refresh_token_gives_further_ones_and_the_session_goes_on() {
    let world = World::new();
    let server = world.serve_seeded();
    let first = log_in(&server);
    let second = refresh(&server, &first).expect(200);
    assert_eq!((&second["username"], &second["token_type"]), (&json!("mj"), &json!("Bearer")));
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!((reads(&server, &first), reads(&server, &second)), (200, 200));
    let third = refresh(&server, &second).expect(200);
    assert_eq!(reads(&server, &third), 200);
    let sessions = server.get("/auth/sessions").mj().send().expect(200)["sessions"].as_array().unwrap().len();
    assert_eq!(sessions, 1);
}

#[test]
fn a_refresh_token_that_is_used_twice_ends_its_session() {
    let world = World::new();
    let server = world.serve_seeded();
    let (other, first) = (log_in(&server), log_in(&server));
    let second = refresh(&server, &first).expect(200);
    let third = refresh(&server, &second).expect(200);
    let refused = refresh(&server, &first);
    assert!(refused.problem(401)["detail"].as_str().unwrap().contains("used before"));
    assert!(refused.headers("www-authenticate").iter().any(|scheme| scheme.contains("invalid_token")));
    // The thief's tokens and the owner's alike, but not the other session's.
    assert_eq!((reads(&server, &first), reads(&server, &second), reads(&server, &other)), (401, 401, 200));
    refresh(&server, &third).problem(401);
    refresh(&server, &other).expect(200);
    let events = server.get("/users/mj/audit").mj().send().expect(200);
    let whats: Vec<_> = events["events"].as_array().unwrap().iter().map(|event| event["what"].clone()).collect();
    assert!(whats.contains(&json!("refresh-token-reused")), "{events}");
    for wrong in ["", "x", &"A".repeat(86), &"-".repeat(86)] {
        server.post("/auth/refresh-token", &json!({"refresh_token": wrong})).send().problem(401);
    }
    assert_eq!(server.post("/auth/refresh-token", &json!({})).send().blamed(), ["refresh_token"]);
}

#[test]
fn a_hundred_uses_at_once_give_one_successor() {
    let world = World::new();
    let servers = [world.serve_seeded(), world.serve()];
    let tokens = log_in(&servers[0]);
    let start = Barrier::new(100);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..100)
            .map(|place: usize| {
                let (server, tokens, start) = (&servers[place % 2], &tokens, &start);
                scope.spawn(move || {
                    start.wait();
                    refresh(server, tokens).expect(200)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let successor = &answers[0]["refresh_token"];
    assert_ne!(*successor, tokens["refresh_token"]);
    assert!(answers.iter().all(|answer| answer["refresh_token"] == *successor));
    // All of them continue the session until the successor is used. From then on the first token is an old one.
    assert!(answers.iter().all(|answer| reads(&servers[0], answer) == 200));
    let next = refresh(&servers[1], &answers[0]).expect(200);
    refresh(&servers[0], &tokens).problem(401);
    assert_eq!(reads(&servers[1], &next), 401);
}

#[test]
fn a_logout_counts_from_the_next_request_on_in_every_process() {
    let world = World::new();
    let (one, other) = (world.serve_seeded(), world.serve());
    let (first, second) = (log_in(&one), log_in(&one));
    assert_eq!((reads(&one, &first), reads(&other, &first)), (200, 200));
    let token = first["access_token"].as_str().unwrap();
    let answer = one.post("/auth/logout", &json!({})).bearer(token).send();
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!((reads(&one, &first), reads(&other, &first)), (401, 401));
    refresh(&other, &first).problem(401);
    // With only the refresh token, as a client does whose access token has expired.
    let body = json!({"refresh_token": second["refresh_token"]});
    assert_eq!(other.post("/auth/logout", &body).send().status, 204);
    assert_eq!(reads(&one, &second), 401);
    one.post("/auth/logout", &json!({})).send().problem(401);
}

#[test]
fn people_see_their_sessions_and_end_them() {
    let world = World::new();
    let server = world.serve_seeded();
    let tokens = log_in(&server);
    let token = tokens["access_token"].as_str().unwrap();
    let login = json!({"username": "mj", "password": "bulls"});
    server.post("/login", &login).header("User-Agent", "pager/1.0").send().expect(200);
    let seen = server.get("/auth/sessions").bearer(token).send().expect(200);
    let seen = seen["sessions"].as_array().unwrap();
    assert_eq!(seen.len(), 2);
    assert_eq!((&seen[0]["user-agent"], &seen[0]["current"]), (&json!("pager/1.0"), &json!(false)));
    assert_eq!((&seen[1]["current"], &seen[1]["address"]), (&json!(true), &json!("127.0.0.1")));
    for field in ["id", "created-at", "last-used-at", "expires-at"] {
        assert!(seen[0][field].is_string(), "{field}");
    }
    let path = format!("/auth/sessions/{}", seen[1]["id"].as_str().unwrap());
    // To another account, the session does not exist.
    server.call("DELETE", &path).basic("chris", "password2").send().problem(404);
    assert_eq!(reads(&server, &tokens), 200);
    assert_eq!(server.call("DELETE", &path).bearer(token).send().status, 204);
    assert_eq!(reads(&server, &tokens), 401);
    server.call("DELETE", &path).mj().send().problem(404);
    server.call("DELETE", "/auth/sessions/none").mj().send().problem(404);
    assert_eq!(server.get("/auth/sessions").mj().send().expect(200)["sessions"].as_array().unwrap().len(), 1);
}

#[test]
fn another_password_ends_all_sessions_in_every_process() {
    let world = World::new();
    let (one, other) = (world.serve_seeded(), world.serve());
    let tokens = log_in(&one);
    assert_eq!(other.get("/listmsg/mj").mj().send().status, 200);
    let app = one.post("/auth/app-passwords", &json!({"name": "bot"})).mj().send().expect(201);
    let token = tokens["access_token"].as_str().unwrap();
    let change = r#"{"password": "six rings", "current_password": "bulls"}"#;
    one.call("PUT", "/user/").bearer(token).body("application/json", change).send().expect(200);
    assert_eq!((reads(&one, &tokens), reads(&other, &tokens)), (401, 401));
    refresh(&other, &tokens).problem(401);
    for server in [&one, &other] {
        server.get("/listmsg/mj").mj().send().problem(401);
        server.get("/listmsg/mj").basic("mj", app["password"].as_str().unwrap()).send().problem(401);
        server.get("/listmsg/mj").basic("mj", "six rings").send().expect(200);
    }
}

#[test]
fn sessions_delegates_and_app_passwords_come_in_pages() {
    let world = World::new();
    let server = world.serve_seeded();
    for place in 0..5 {
        log_in(&server);
        server.post("/auth/app-passwords", &json!({"name": format!("bot {place}")})).mj().send().expect(201);
    }
    for name in ["kobe", "jordan", "chris", "steve"] {
        let call = server.call("PUT", &format!("/users/mj/delegates/{name}")).body("application/json", "{}");
        call.mj().send().expect(201);
    }
    for (path, list, id, count) in [
        ("/auth/sessions", "sessions", "id", 5),
        ("/auth/app-passwords", "app-passwords", "id", 5),
        ("/users/mj/delegates", "delegates", "username", 4),
    ] {
        let whole = server.get(path).mj().send().expect(200);
        let whole: Vec<_> = whole[list].as_array().unwrap().iter().map(|one| one[id].clone()).collect();
        assert_eq!(whole.len(), count);
        let (mut seen, mut next) = (Vec::new(), format!("{path}?limit=2"));
        loop {
            let page = server.get(&next).mj().send().expect(200);
            seen.extend(page[list].as_array().unwrap().iter().map(|one| one[id].clone()));
            let Some(cursor) = page["next"].as_str() else { break };
            next = format!("{path}?limit=2&cursor={cursor}");
        }
        assert_eq!(seen, whole);
        server.get(&format!("{path}?cursor=x")).mj().send().problem(400);
    }
}
