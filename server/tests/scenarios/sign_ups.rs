//! Permission to create accounts.

use twclone_testkit::{World, json};

const SIGN_UPS: [&str; 5] =
    ["/register", "/auth/signup", "/auth-api/v1/register", "/users/new?username=dennis", "/users/SignUp"];

fn body(path: &str) -> twclone_testkit::Value {
    let mut body = json!({"email": "dennis@example.com", "password": "worm of 1991"});
    if !path.contains('?') {
        body["username"] = "dennis".into();
    }
    body
}

#[test]
fn closed_sign_ups_are_refused_on_every_route_and_administrators_make_accounts() {
    let world = World::new();
    let seed = twclone_testkit::repository().join("test-load.json");
    let server = world.serve_with(&["--seed", seed.to_str().unwrap(), "--sign-ups", "closed"]);
    for path in SIGN_UPS {
        let refused = server.post(path, &body(path)).header("Accept", "application/json").send();
        refused.problem(403);
        assert!(refused.text.contains("users add"), "{path}: {}", refused.text);
    }
    server.get("/user/data/dennis").send().problem(404);
    // The seed was loaded nevertheless, and the command still works.
    server.get("/listmsg/mj").mj().send().expect(200);
    let added = world.admin_with_input(&["users", "add", "dennis", "--email", "dennis@example.com"], "worm of 1991\n");
    assert_eq!(added.code, Some(0), "{added:?}");
    server.post("/login", &json!({"username": "dennis", "password": "worm of 1991"})).send().expect(200);
}

#[test]
fn the_setting_is_open_or_closed() {
    let output = World::new().command("twclone-server").args(["--sign-ups", "ajar"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("must be open or closed"), "{output:?}");
}
