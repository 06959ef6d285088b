use twclone_testkit::{Split, Value, World, json};

/// Returns how often the auth service was asked for a token, and how often it verified a password.
fn asked(split: &Split<'_>) -> (u64, u64) {
    let metrics = split.instance(0).metrics();
    let tokens =
        metrics.lines().filter(|line| line.contains("route=\"/edge/token\"") && line.contains("_requests_total"));
    let tokens = tokens.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
    (tokens, split.instance(0).metric("twclone_bcrypt_total"))
}

#[test]
fn a_password_is_proved_once_and_not_by_the_services() {
    let world = World::new();
    let split = Split::start(&world, 1);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for path in ["/listmsg/mj", "/homeTimeline", "/users/mj/audit"] {
                    split.get(path).mj().send().expect(200);
                }
            });
        }
    });
    assert_eq!(asked(&split), (1, 1));
    for service in 1..4 {
        assert_eq!(split.instance(service).metric("twclone_bcrypt_total"), 0);
    }
}

#[test]
fn who_is_refused_is_refused_by_the_auth_service() {
    let world = World::new();
    let split = Split::start(&world, 1);
    for (name, password) in [("mj", "wrong"), ("nobody", "bulls")] {
        let refused = split.get("/listmsg/mj").basic(name, password).send();
        refused.problem(401);
        assert!(refused.headers("www-authenticate").iter().any(|way| way.starts_with("Basic")), "{refused:?}");
    }
    // Credentials that the gateway cannot read are left to the service to refuse.
    split.get("/listmsg/mj").header("Authorization", "Basic !!!").send().problem(401);
    split.get("/listmsg/mj").send().problem(401);
    split.get("/listmsg/mj").mj().header("Authorization", "Basic eDp5").send().problem(400);
}

fn sign_up(split: &Split<'_>, name: &str) -> Value {
    let account = json!({ "username": name, "password": "first password", "email": format!("{name}@example.com") });
    split.post("/register", &account).send().expect(201)
}

#[test]
fn another_password_counts_from_the_next_request_on() {
    let world = World::new();
    let split = Split::start(&world, 1);
    sign_up(&split, "walter");
    let list = |password: &str| split.get("/listmsg/walter").basic("walter", password).send();
    list("first password").expect(200);
    for (old, new) in [("first password", "second password"), ("second password", "third password")] {
        let change = split.call("PATCH", "/user/").basic("walter", old);
        let body = json!({ "password": new }).to_string();
        let changed = change.body("application/json", body).send();
        assert!(matches!(changed.status, 200 | 204), "{changed:?}");
        list(old).problem(401);
        list(new).expect(200);
    }
    assert_eq!(world.admin(&["users", "disable", "walter"]).code, Some(0));
    list("third password").problem(401);
    assert_eq!(world.admin(&["users", "enable", "walter"]).code, Some(0));
    list("third password").expect(200);
}

#[test]
fn an_app_password_goes_as_far_as_its_scope_until_it_is_revoked() {
    let world = World::new();
    let split = Split::start(&world, 1);
    sign_up(&split, "walter");
    let new = json!({ "name": "a bot", "scope": "read" });
    let made = split.post("/auth/app-passwords", &new).basic("walter", "first password").send().expect(201);
    let secret = made["password"].as_str().unwrap();
    split.get("/listmsg/walter").basic("walter", secret).send().expect(200);
    let message = json!({ "to": "mj", "msg": "hello" });
    split.post("/sendmsg", &message).basic("walter", secret).send().problem(403);
    let id = made["id"].as_str().unwrap();
    let revoked = split.call("DELETE", &format!("/auth/app-passwords/{id}")).basic("walter", "first password").send();
    assert_eq!(revoked.status, 204, "{revoked:?}");
    split.get("/listmsg/walter").basic("walter", secret).send().problem(401);
}

#[test]
fn another_signing_key_is_no_reason_to_refuse_anybody() {
    let world = World::new();
    let split = Split::start(&world, 1);
    split.get("/listmsg/mj").mj().send().expect(200);
    assert_eq!(world.admin(&["keys", "rotate"]).code, Some(0));
    split.get("/listmsg/mj").mj().send().expect(200);
    let login = split.post("/login", &json!({ "username": "mj", "password": "bulls" })).send().expect(200);
    split.get("/listmsg/mj").bearer(login["access_token"].as_str().unwrap()).send().expect(200);
}
