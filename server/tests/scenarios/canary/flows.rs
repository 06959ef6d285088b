//! The intended ways for secrets, and the refusals on them.

use twclone_testkit::{Answer, json};

use super::Canary;
use crate::people::{self, text};

const SIGN_UPS: [&str; 5] = ["/register", "/users/new", "/auth-api/v1/register", "/auth/signup", "/users/SignUp"];
const LOGINS: [&str; 4] = ["/login", "/auth-api/v1/login", "/auth/login", "/users/SignIn"];

/// Runs all flows.
pub(super) fn all(canary: &Canary) {
    let accounts: Vec<_> = SIGN_UPS.iter().map(|path| sign_up(canary, path)).collect();
    for path in LOGINS {
        log_in(canary, path, &accounts[0]);
    }
    sessions(canary, &accounts[1]);
    app_passwords(canary, &accounts[2]);
    for (route, account) in [("PUT", "/user/"), ("PATCH", "/user/"), ("PUT", "/users/{user}")].iter().zip(&accounts) {
        change(canary, *route, account);
    }
    let (name, password) = &accounts[4];
    let gone = canary.send(canary.basic(canary.server.call("DELETE", "/user/"), name, password));
    assert_eq!(gone.status, 204);
}

fn sign_up(canary: &Canary, path: &str) -> (String, String) {
    let (name, password) = (people::fresh_name("canary"), canary.password());
    let key = people::fresh_name("key");
    let register = |password: &str| {
        let body = json!({"username": name, "email": people::email(&name), "password": password});
        canary.send(canary.server.post(path, &body).header("Idempotency-Key", &key))
    };
    assert_eq!(register(&password).status, 201);
    // Again, with another password, and with one that is too long.
    assert_eq!(register(&password).status, 201);
    register(&canary.password()).problem(422);
    register(&format!("{}{}", canary.password(), "x".repeat(72))).problem(422);
    let refused = [
        json!({"username": name, "email": "other@example.com", "password": canary.password()}),
        json!({"username": "verify", "email": "other@example.com", "password": canary.password()}),
        json!({"username": canary.password(), "email": "other@example.com", "password": canary.password()}),
        json!({"username": "other", "email": canary.password(), "password": canary.password()}),
        json!({"username": "other", "password": canary.password()}),
        json!({"username": "other", "email": "other@example.com", "password": [canary.password()]}),
        json!({"username": "other", "email": "other@example.com", "passwort": canary.password()}),
    ];
    let statuses = refused.iter().map(|body| canary.post(path, body).status);
    assert_eq!(statuses.collect::<Vec<_>>(), [409, 422, 422, 422, 422, 422, 422]);
    let form = format!("username={name}&email=other%40example.com&password={}", canary.password());
    canary.form(path, form).problem(409);
    (name, password)
}

fn log_in(canary: &Canary, path: &str, (name, password): &(String, String)) {
    canary.tokens(&canary.post(path, &json!({"username": name, "password": password})));
    canary.tokens(&canary.form(path, format!("username={name}&password={password}")));
    canary.tokens(&canary.send(canary.basic(canary.server.call("POST", path), name, password)));
    let wrong = canary.password();
    canary.post(path, &json!({"username": name, "password": wrong})).problem(401);
    canary.post(path, &json!({"username": "nobody", "password": wrong})).problem(401);
    canary.send(canary.basic(canary.server.call("POST", path), name, &wrong)).problem(401);
    // The two fields swapped.
    canary.post(path, &json!({"username": password, "password": name})).problem(401);
    canary.post(path, &json!({"username": wrong, "password": wrong})).problem(401);
    canary.send(canary.basic(canary.server.call("POST", path), &wrong, name)).problem(401);
}

fn sessions(canary: &Canary, (name, password): &(String, String)) {
    let server = &canary.server;
    let login = canary.post("/auth/login", &json!({"username": name, "password": password}));
    let (access, refresh) = canary.tokens(&login);
    let cookies = format!("access-Token={access}; refresh-Token={refresh}");
    let list = |call| canary.send(call).expect(200);
    list(server.get("/auth/sessions").bearer(&access));
    list(server.get("/auth/sessions").header("Cookie", &cookies));
    let cross = server.call("PUT", "/user/").header("Cookie", &cookies).header("Sec-Fetch-Site", "cross-site");
    canary.send(cross.body("application/json", "{\"bio\": \"x\"}")).problem(403);
    let refreshed = |answer: &Answer| canary.tokens(answer);
    let (_, next) = refreshed(&canary.post("/auth/refresh-token", &json!({"refresh_token": refresh})));
    refreshed(&canary.post("/auth/refresh-token", &json!({"refresh_token": next})));
    // A refresh token that is used twice ends the session.
    canary.post("/auth/refresh-token", &json!({"refresh_token": refresh})).problem(401);
    canary.send(server.call("POST", "/auth/refresh-token").header("Cookie", &cookies)).problem(401);
    canary.send(server.get("/auth/sessions").bearer(&access)).problem(401);
    canary.send(server.get("/auth/sessions").header("Cookie", &cookies)).problem(401);
    let (access, refresh) =
        canary.tokens(&canary.post("/auth/login", &json!({"username": name, "password": password})));
    let cookies = format!("access-Token={access}; refresh-Token={refresh}");
    let (access, _) = refreshed(&canary.send(server.call("POST", "/auth/refresh-token").header("Cookie", &cookies)));
    assert_eq!(canary.send(server.call("POST", "/auth/logout").bearer(&access)).status, 204);
    canary.send(server.get("/auth/sessions").bearer(&access)).problem(401);
}

fn app_passwords(canary: &Canary, (name, password): &(String, String)) {
    let own = |call| canary.basic(call, name, password);
    let made = own(canary.server.post("/auth/app-passwords", &json!({"name": "bot", "scope": "messages"}))).send();
    let made = made.expect(201);
    let app = text(&made["password"]);
    // From now on, no response may contain it.
    canary.passwords.borrow_mut().push(app.clone());
    let inbox = || canary.send(canary.basic(canary.server.get(&format!("/listmsg/{name}")), name, &app));
    inbox().expect(200);
    canary.tokens(&canary.post("/login", &json!({"username": name, "password": app})));
    canary.send(own(canary.server.get("/auth/app-passwords"))).expect(200);
    canary.send(canary.basic(canary.server.get("/auth/app-passwords"), name, &app)).problem(403);
    let revoke = format!("/auth/app-passwords/{}", text(&made["id"]));
    assert_eq!(canary.send(own(canary.server.call("DELETE", &revoke))).status, 204);
    inbox().problem(401);
}

fn change(canary: &Canary, (method, path): (&str, &str), (name, password): &(String, String)) {
    let change = |old: &str, body: String| {
        let call = canary.server.call(method, &path.replace("{user}", name)).body("application/json", body);
        canary.send(canary.basic(call, name, old))
    };
    let new = canary.password();
    change(&canary.password(), json!({"password": new}).to_string()).problem(401);
    change(password, json!({"password": format!("{new}{}", "x".repeat(72))}).to_string()).problem(422);
    change(password, json!({"password": new, "newPassword": canary.password()}).to_string()).problem(422);
    change(password, json!({"password": new}).to_string()).expect(200);
    change(&new, json!({"bio": "x"}).to_string()).expect(200);
}
