use twclone_testkit::{Server, Value, World, json, repository};

const BCRYPTS: &str = "twclone_bcrypt_total";

fn token(server: &Server) -> String {
    let session = server.post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
    session["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn basic_and_token_are_accepted_everywhere() {
    let world = World::new();
    let server = world.serve_seeded();
    let token = token(&server);
    let body = json!({"to": "kobe", "msg": "hello"});
    let by_basic = server.post("/sendmsg", &body).mj().send().expect(201);
    let by_token = server.post("/sendmsg", &body).bearer(&token).send().expect(201);
    assert_eq!(by_basic["from"], by_token["from"]);
    assert_eq!(server.get("/listmsg/mj").bearer(&token).send().status, 200);
    assert_eq!(server.get("/listreplies/24").bearer(&token).send().status, 200);
    // An access token cannot be used to log in.
    server.call("POST", "/login").bearer(&token).send().problem(401);
    // Logging in with Basic credentials alone.
    let session = server.call("POST", "/login").mj().send();
    assert_eq!(session.expect(200)["username"], "mj");
    assert_eq!(session.header("cache-control"), Some("no-store"));
}

#[test]
fn who_cannot_prove_who_he_is_learns_nothing() {
    let world = World::new();
    let server = world.serve_seeded();
    let mut texts = Vec::new();
    for (name, password) in
        [("mj", "wrong"), ("nobody", "bulls"), ("jordan", "bulls"), ("no such name!", "x"), ("", "")]
    {
        let bcrypts = server.metric(BCRYPTS);
        let answer = server.get("/listmsg/mj").basic(name, password).send();
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic"), "{answer:?}");
        let mut problem = answer.problem(401);
        problem["request_id"] = json!("");
        texts.push(problem.to_string());
        assert_eq!(server.metric(BCRYPTS), bcrypts + 1, "{name} took another way");
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[test]
fn a_broken_header_is_refused() {
    let world = World::new();
    let server = world.serve_seeded();
    let token = token(&server);
    let (head, tail) = token.split_at(token.len() - 8);
    for header in
        ["Basic", "Basic !!!", "Basic bWo=", "Digest x", "Bearer", "Bearer x.y.z", &format!("Bearer {head}AAAAAAAA")]
    {
        server.get("/listmsg/mj").header("Authorization", header).send().problem(401);
        // Also where authentication is optional.
        server.call("POST", "/login").header("Authorization", header).send().problem(401);
    }
    assert!(!tail.is_empty());
    let twice = server.get("/listmsg/mj").mj().bearer(&token).send();
    twice.problem(400);
}

#[test]
fn a_cached_request_costs_no_bcrypt() {
    let world = World::new();
    let server = world.serve_seeded();
    let before = server.metric(BCRYPTS);
    for _ in 0..20 {
        server.get("/listmsg/mj").mj().send().expect(200);
    }
    assert_eq!(server.metric(BCRYPTS), before + 1);
    // Failures are not cached.
    for _ in 0..2 {
        server.get("/listmsg/mj").basic("mj", "wrong").send().problem(401);
    }
    assert_eq!(server.metric(BCRYPTS), before + 3);
}

#[test]
fn a_password_changed_by_another_process_counts_at_once() {
    let world = World::new();
    let server = world.serve_seeded();
    let token = token(&server);
    server.get("/listmsg/mj").mj().send().expect(200);
    server.get("/listmsg/mj").bearer(&token).send().expect(200);
    let changed = world.admin_with_input(&["users", "passwd", "mj"], "new secret\n");
    assert_eq!(changed.code, Some(0), "{changed:?}");
    server.get("/listmsg/mj").mj().send().problem(401);
    server.get("/listmsg/mj").bearer(&token).send().problem(401);
    server.get("/listmsg/mj").basic("mj", "new secret").send().expect(200);
}

#[test]
fn a_disabled_account_is_shut_until_it_is_enabled() {
    let world = World::new();
    let server = world.serve_seeded();
    let token = token(&server);
    server.get("/listmsg/mj").mj().send().expect(200);
    assert_eq!(world.admin(&["users", "disable", "mj"]).code, Some(0));
    server.get("/listmsg/mj").mj().send().problem(401);
    server.get("/listmsg/mj").bearer(&token).send().problem(401);
    let body = json!({"to": "mj", "msg": "hello"});
    server.post("/sendmsg", &body).basic("chris", "password2").send().problem(404);
    // Messages exchanged with the disabled account can still be read.
    server.get("/listmsg/chris?with=mj").basic("chris", "password2").send().expect(200);
    assert_eq!(world.admin(&["users", "enable", "mj"]).code, Some(0));
    server.get("/listmsg/mj").mj().send().expect(200);
    server.get("/listmsg/mj").bearer(&token).send().problem(401);
}

#[test]
fn delegates_come_and_go() {
    let world = World::new();
    let server = world.serve_seeded();
    let send = || server.post("/sendmsg", &json!({"from": "jordan", "to": "kobe", "msg": "x"})).mj().send();
    send().expect(201);
    assert_eq!(world.admin(&["users", "delegate", "remove", "jordan", "mj"]).code, Some(0));
    send().problem(403);
    server.get("/listmsg/jordan").mj().send().problem(403);
    assert_eq!(world.admin(&["users", "delegate", "add", "jordan", "mj"]).code, Some(0));
    send().expect(201);
}

#[test]
fn people_sign_up() {
    let world = World::new();
    let server = world.serve_seeded();
    let body =
        json!({"username": "Dennis", "email": "dennis@example.com", "password": "worm of 1991", "bio": "Rebounds."});
    let answer = server.post("/register", &body).send();
    let made = answer.expect(201);
    assert_eq!((&made["username"], &made["bio"]), (&json!("Dennis"), &json!("Rebounds.")));
    assert!(!answer.text.contains("worm") && !answer.text.contains('@'));
    assert_eq!(server.get(answer.header("location").unwrap()).send().expect(200)["username"], "Dennis");
    let inbox = server.get("/listmsg/dennis").basic("dennis", "worm of 1991").send().expect(200);
    assert_eq!(inbox["messages"], json!([]));
    let sent = server.post("/sendmsg", &json!({"to": "DENNIS", "msg": "hello"})).mj().send().expect(201);
    assert_eq!(sent["to"], "Dennis");
    let again = json!({"username": "dennis", "email": "other@example.com", "password": "another one"});
    server.post("/register", &again).send().problem(409);
    for reserved in ["all", "New", "signup"] {
        let body = json!({"username": reserved, "email": "x@example.com", "password": "long enough"});
        assert_eq!(server.post("/register", &body).send().blamed(), ["username"]);
    }
}

#[test]
fn a_password_that_was_hashed_at_another_cost_is_hashed_anew_when_it_is_proved() {
    let world = World::embedded();
    let server = world.serve_seeded();
    let sessions = server.post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
    drop(server);
    let server = world.serve_with(&["--bcrypt-cost", "5"]);
    let bcrypts = |expected: u64| {
        let before = server.metric("twclone_bcrypt_total");
        server.get("/listmsg/mj").mj().send().expect(200);
        assert_eq!(server.metric("twclone_bcrypt_total") - before, expected);
    };
    bcrypts(2);
    bcrypts(0);
    // The password is the same, so sessions stay valid.
    server.get("/listmsg/mj").bearer(sessions["access_token"].as_str().unwrap()).send().expect(200);
    server.get("/listmsg/mj").basic("mj", "wrong").send().problem(401);
    drop(server);
    let server = world.serve_with(&["--bcrypt-cost", "5"]);
    let before = server.metric("twclone_bcrypt_total");
    server.get("/listmsg/mj").mj().send().expect(200);
    assert_eq!(server.metric("twclone_bcrypt_total") - before, 1);
}

#[test]
fn many_logins_at_once_with_the_same_password_cost_one_bcrypt() {
    let world = World::embedded();
    // Where logins are rate-limited, they do not block one another, either.
    let server = world.serve_with(&[
        "--seed",
        repository().join("test-load.json").to_str().unwrap(),
        "--bcrypt-cost",
        "10",
        "--login-failures-per-account",
        "1/10m",
    ]);
    server.get("/listmsg/mj").basic("mj", "wrong").send().problem(401);
    let before = server.metric("twclone_bcrypt_total");
    let start = std::sync::Barrier::new(64);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                start.wait();
                server.get("/listmsg/mj").mj().send().expect(200);
            });
        }
    });
    let after = server.metric("twclone_bcrypt_total") - before;
    assert!(after <= 2, "{after} bcrypts");
}

#[test]
fn of_the_seed_those_with_a_password_can_log_in_and_others_cannot() {
    let world = World::new();
    let server = world.serve_seeded();
    for (name, password, status) in [("mj", "bulls", 200), ("chris", "password2", 200), ("steve", "password2", 200)] {
        server.post("/login", &json!({"username": name, "password": password})).send().expect(status);
    }
    for name in ["jordan", "kobe", "kobebryant", "scottie"] {
        server.post("/login", &json!({"username": name, "password": ""})).send().problem(401);
    }
}

#[test]
fn credentials_in_a_body_come_before_an_old_header() {
    let world = World::new();
    let seed = repository().join("test-load.json");
    let server = world.serve_with(&["--seed", seed.to_str().unwrap(), "--login-failures-per-account", "off"]);
    let (right, wrong) = (json!({"username": "mj", "password": "bulls"}), json!({"username": "mj", "password": "x"}));
    let ended = token(&server);
    assert_eq!(server.post("/auth/logout", &json!({})).bearer(&ended).send().status, 204);
    let basic = "Basic bWo6b2xk"; // mj:old
    for old in ["Bearer x.y.z", &format!("Bearer {ended}"), basic, "Basic !!!", "Digest x", "Bearer", ""] {
        for path in ["/login", "/auth/login", "/auth-api/v1/login", "/users/SignIn"] {
            let log_in = |body: &Value| {
                server.post(path, body).header("Authorization", old).header("Accept", "application/json").send()
            };
            assert_eq!(log_in(&right).expect(200)["username"], "mj", "{path} {old}");
            log_in(&wrong).problem(401);
            log_in(&json!({})).problem(401);
        }
        let verify = |path: &str, body: Value| {
            let call = server.call("GET", path).body("application/json", body.to_string());
            call.header("Authorization", old).send().status
        };
        assert_eq!(
            (verify("/users/verify", right.clone()), verify("/users/verify", wrong.clone())),
            (200, 401),
            "{old}"
        );
        assert_eq!(verify("/users/verify?username=mj", json!({"password": "bulls"})), 200, "{old}");
        assert_eq!(verify("/users/verify?username=mj", json!({})), 401, "{old}");
        // The session of the token in the body ends.
        let session = server.post("/login", &right).send().expect(200);
        let refresh = json!({"refresh_token": session["refresh_token"]});
        let answer = server.post("/auth/logout", &refresh).header("Authorization", old).send();
        assert_eq!(answer.status, 204, "{old} {answer:?}");
        server.get("/listmsg/mj").bearer(session["access_token"].as_str().unwrap()).send().problem(401);
        server.post("/auth/logout", &json!({})).header("Authorization", old).send().problem(401);
    }
    // The right password in the header does not help a wrong one in the body.
    server.post("/login", &wrong).mj().send().problem(401);
    // If both the header and the body have a session, both end.
    let (first, second) = (server.post("/login", &right).send().expect(200), token(&server));
    let refresh = json!({"refresh_token": first["refresh_token"]});
    assert_eq!(server.post("/auth/logout", &refresh).bearer(&second).send().status, 204);
    for token in [first["access_token"].as_str().unwrap(), &second] {
        server.get("/listmsg/mj").bearer(token).send().problem(401);
    }
}
