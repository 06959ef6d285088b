//! App passwords: secrets for programs.

use twclone_testkit::{Server, Value, World, json};

fn make(server: &Server, body: &Value) -> (String, String) {
    let answer = server.post("/auth/app-passwords", body).mj().send();
    let made = answer.expect(201);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    (made["id"].as_str().unwrap().to_owned(), made["password"].as_str().unwrap().to_owned())
}

fn bcrypts(server: &Server) -> u64 {
    server.metric("twclone_bcrypt_total")
}

#[test]
fn an_app_password_works_wherever_the_password_does_and_costs_no_bcrypt() {
    let world = World::new();
    let server = world.serve_seeded();
    let (id, secret) = make(&server, &json!({"name": "my bot"}));
    let before = bcrypts(&server);
    server.get("/listmsg/mj").basic("mj", &secret).send().expect(200);
    server.get("/listmsg/mj").basic("MJ", &secret).send().expect(200);
    for path in ["/login", "/auth/login", "/auth-api/v1/login", "/users/SignIn"] {
        let body = json!({"username": "mj", "password": secret});
        let tokens = server.post(path, &body).header("Accept", "*/*").send().expect(200);
        server.get("/listmsg/mj").bearer(tokens["access_token"].as_str().unwrap()).send().expect(200);
    }
    server.get("/users/verify").basic("mj", &secret).send().expect(200);
    assert_eq!(bcrypts(&server), before);
    // Not for another account, and not with a similar secret.
    server.get("/listmsg/chris").basic("chris", &secret).send().problem(401);
    server.get("/listmsg/mj").basic("mj", &format!("{}x", &secret[..secret.len() - 1])).send().problem(401);
    let listed = server.get("/auth/app-passwords").mj().send();
    assert!(!listed.text.contains(&secret));
    let listed = listed.expect(200);
    assert_eq!(
        (&listed["app-passwords"][0]["id"], &listed["app-passwords"][0]["name"]),
        (&json!(id), &json!("my bot"))
    );
}

#[test]
fn a_revoked_one_and_its_sessions_count_no_more() {
    let world = World::new();
    let (one, other) = (world.serve_seeded(), world.serve());
    let (id, secret) = make(&one, &json!({"name": "bot"}));
    let tokens = other.post("/login", &json!({"username": "mj", "password": secret})).send().expect(200);
    let path = format!("/auth/app-passwords/{id}");
    one.call("DELETE", &path).basic("chris", "password2").send().problem(404);
    assert_eq!(one.call("DELETE", &path).mj().send().status, 204);
    one.call("DELETE", &path).mj().send().problem(404);
    for server in [&one, &other] {
        server.get("/listmsg/mj").basic("mj", &secret).send().problem(401);
        server.get("/listmsg/mj").bearer(tokens["access_token"].as_str().unwrap()).send().problem(401);
    }
    let body = json!({"refresh_token": tokens["refresh_token"]});
    one.post("/auth/refresh-token", &body).send().problem(401);
    assert_eq!(one.get("/auth/app-passwords").mj().send().expect(200)["app-passwords"], json!([]));
}

#[test]
fn one_with_an_end_works_until_then_and_so_do_its_sessions() {
    let world = World::new();
    let server = world.serve_seeded();
    let end = || {
        let soon = std::process::Command::new("date").args(["-u", "-d", "+4 seconds", "+%Y-%m-%dT%H:%M:%SZ"]).output();
        String::from_utf8(soon.unwrap().stdout).unwrap().trim().to_owned()
    };
    let (_, secret) = make(&server, &json!({"name": "bot", "expires-at": end()}));
    let tokens = server.post("/login", &json!({"username": "mj", "password": secret})).send().expect(200);
    let token = tokens["access_token"].as_str().unwrap();
    server.get("/listmsg/mj").bearer(token).send().expect(200);
    std::thread::sleep(std::time::Duration::from_millis(4_100));
    server.get("/listmsg/mj").basic("mj", &secret).send().problem(401);
    server.get("/listmsg/mj").bearer(token).send().problem(401);
    let body = json!({"refresh_token": tokens["refresh_token"]});
    server.post("/auth/refresh-token", &body).send().problem(401);
    let past = json!({"name": "bot", "expires-at": "2020-01-01T00:00:00Z"});
    assert_eq!(server.post("/auth/app-passwords", &past).mj().send().blamed(), ["expires-at"]);
}

#[test]
fn a_scope_goes_as_far_as_it_says_also_for_sessions() {
    let world = World::new();
    let server = world.serve_seeded();
    for (scope, sends) in [("", 201), ("read", 403), ("write", 201), ("messages", 201)] {
        let new = if scope.is_empty() { json!({"name": "all"}) } else { json!({"name": scope, "scope": scope}) };
        let (_, secret) = make(&server, &new);
        let tokens = server.post("/login", &json!({"username": "mj", "password": secret})).send().expect(200);
        let token = tokens["access_token"].as_str().unwrap();
        let message = json!({"to": "kobe", "msg": "hello"});
        for bearer in [false, true] {
            let who = |call: twclone_testkit::Call| {
                if bearer { call.bearer(token).send() } else { call.basic("mj", &secret).send() }
            };
            who(server.get("/listmsg/mj")).expect(200);
            assert_eq!(who(server.post("/sendmsg", &message)).status, sends, "{scope}");
            for path in ["/auth/sessions", "/auth/app-passwords", "/users/mj/delegates", "/users/mj/audit"] {
                who(server.get(path)).problem(403);
            }
            who(server.post("/auth/app-passwords", &json!({"name": "more"}))).problem(403);
            who(server.call("PUT", "/user/").body("application/json", r#"{"password": "six rings"}"#)).problem(403);
            who(server.call("PUT", "/user/").body("application/json", r#"{"bio": "Six rings."}"#)).problem(403);
            who(server.call("DELETE", "/user/")).problem(403);
            // Nor together with the account's password.
            let own = r#"{"password": "six rings", "current_password": "bulls"}"#;
            who(server.call("PUT", "/user/").body("application/json", own)).problem(403);
            // The e-mail address is visible only to credentials that can see everything that the account sees.
            let email = who(server.get("/user/data/mj")).expect(200)["email"].is_string();
            assert_eq!(email, scope != "messages", "{scope}");
        }
    }
    for wrong in [json!({"name": "x", "scope": "all"}), json!({"name": ""}), json!({"name": "a\nb"}), json!({})] {
        server.post("/auth/app-passwords", &wrong).mj().send().problem(422);
    }
}

#[test]
fn a_second_try_with_the_same_key_makes_no_second_one() {
    let world = World::new();
    let server = world.serve_seeded();
    let ask = |name: &str| {
        let call = server.post("/auth/app-passwords", &json!({"name": name})).mj();
        call.header("Idempotency-Key", "once").send()
    };
    ask("bot").expect(201);
    assert!(ask("bot").problem(409)["detail"].as_str().unwrap().contains("shown only once"));
    assert_eq!(ask("another").problem(422)["type"], "/docs#problem-key-reused");
    assert_eq!(server.get("/auth/app-passwords").mj().send().expect(200)["app-passwords"].as_array().unwrap().len(), 1);
}
