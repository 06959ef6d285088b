//! Secrets in places where none belongs.

use twclone_testkit::{Call, json};

use super::Canary;
use crate::people;

/// Tries all places.
pub(super) fn all(canary: &Canary) {
    addresses(canary);
    bodies(canary);
    headers(canary);
}

/// Secrets in the query, which no response repeats, and in the path, which a response may repeat.
fn addresses(canary: &Canary) {
    let server = &canary.server;
    for path in ["/users/verify?username=mj&password=", "/users/new?username=mj&email=mj@example.com&password="] {
        let method = if path.contains("verify") { "GET" } else { "POST" };
        canary.send(server.call(method, &format!("{path}{}", canary.password()))).problem(400);
    }
    for path in ["/users/all?password=", "/users/?token=", "/users/all?cursor=", "/users/all?limit="] {
        let answer = canary.send(server.get(&format!("{path}{}", canary.password())));
        assert!([400, 422].contains(&answer.status), "{answer:?}");
    }
    for path in ["/nowhere?access_token=", "/healthz?token=", "/login?password="] {
        let _ = canary.send(server.get(&format!("{path}{}", canary.password())));
    }
    for path in ["/user/data/", "/nowhere/", "/login/", "/listmsg/"] {
        let secret = canary.secret(people::fresh_name("canary-path"));
        assert!(server.get(&format!("{path}{secret}")).send().status >= 400);
    }
}

fn bodies(canary: &Canary) {
    let whole = canary.password();
    for path in ["/login", "/register", "/auth/signup", "/users/new", "/users/SignIn", "/auth/refresh-token"] {
        let send = |kind: &str, body: String| canary.send(canary.server.call("POST", path).body(kind, body));
        for body in [
            format!("{{\"username\": \"mj\", \"password\": \"{}\"", canary.password()),
            format!("{{\"username\": \"mj\", \"password\": {}}}", canary.password()),
            format!("{{\"username\": \"mj\", \"password\": \"{}\\q\"}}", canary.password()),
            format!("{{\"username\": \"mj\" \"{}\"}}", canary.password()),
            canary.password(),
        ] {
            send("application/json", body).problem(400);
        }
        // JSON, but not an object.
        for body in [json!(canary.password()), json!([canary.password()]), json!([[canary.password()]])] {
            send("application/json", body.to_string()).problem(422);
        }
        let twice = format!("{{\"password\": \"{}\", \"password\": \"{whole}\"}}", canary.password());
        send("application/json", twice).problem(422);
        let long = json!({"username": "mj", "password": format!("{}{}", canary.password(), "x".repeat(65_536))});
        send("application/json", long.to_string()).problem(413);
        send("text/plain", canary.password()).problem(415);
        send("application/x-www-form-urlencoded", format!("password=%ff{}", canary.password())).problem(400);
        send("application/json", json!({"colour": canary.password()}).to_string()).problem(422);
        send("application/json", json!({"username": {"password": canary.password()}}).to_string()).problem(422);
    }
}

fn headers(canary: &Canary) {
    let get = || canary.server.get("/users/");
    let names = [
        "X-Api-Key",
        "X-Password",
        "X-Auth-Token",
        "X-Forwarded-For",
        "X-Request-Id",
        "Referer",
        "User-Agent",
        "Accept",
        "Cookie",
        "Idempotency-Key",
        "If-None-Match",
        "Origin",
        "Forwarded",
        "Proxy-Authorization",
        "Content-Type",
    ];
    for name in names {
        canary.send(get().header(name, &canary.password()));
    }
    let cookies = ["access-Token", "refresh-Token", "session"];
    for name in cookies {
        canary.send(get().header("Cookie", &format!("{name}={}", canary.password())));
    }
    let password = canary.password();
    for header in [
        password.clone(),
        format!("Basic {password}"),
        format!("Bearer {password}"),
        format!("Digest username=\"mj\", response=\"{password}\""),
        format!("Basic mj:{password}"),
    ] {
        canary.send(get().header("Authorization", &header)).problem(401);
    }
    let twice = |call: Call| canary.basic(canary.basic(call, "mj", &password), "mj", &password);
    canary.send(twice(get())).problem(400);
    let key = canary.server.post("/register", &json!({})).header("Idempotency-Key", &"k".repeat(300));
    canary.send(key.header("X-Password", &password)).problem(422);
}
