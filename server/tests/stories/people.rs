//! People for the stories about who may do what: each with an account of his own, made over HTTP.

use std::sync::atomic::{AtomicU32, Ordering};

use twclone_testkit::{Client, Server, Value, World, json};

/// The password of everybody who signs up here.
pub(crate) const PASSWORD: &str = "canary of 1991";

/// Flags for a server to which a test may come as often as it likes.
pub(crate) const UNLIMITED: [&str; 6] =
    ["--sign-ups-per-address", "off", "--login-failures-per-address", "off", "--login-failures-per-account", "off"];

/// A server without limits of sign-ups and failed logins.
pub(crate) fn serve(world: &World) -> Server {
    world.serve_with(&UNLIMITED)
}

/// A name that nobody has yet.
pub(crate) fn fresh_name(role: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{role}_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The e-mail address of somebody who signed up here.
pub(crate) fn email(name: &str) -> String {
    format!("{name}.canary@example.com")
}

/// Signs somebody up whose name begins like this, and gives the name.
pub(crate) fn sign_up(server: &Client, role: &str) -> String {
    let name = fresh_name(role);
    let body = json!({"username": name, "email": email(&name), "password": PASSWORD});
    server.post("/register", &body).send().expect(201);
    name
}

/// What a login gives.
pub(crate) fn log_in(server: &Client, name: &str, password: &str) -> Value {
    server.call("POST", "/login").basic(name, password).send().expect(200)
}

/// A text in an answer.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A new app password of somebody, with its id.
pub(crate) fn app_password(server: &Client, name: &str, scope: Option<&str>) -> Value {
    let body = json!({"name": "bot", "scope": scope});
    server.post("/auth/app-passwords", &body).basic(name, PASSWORD).send().expect(201)
}
