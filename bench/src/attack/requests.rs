//! The HTTP/1.1 requests of attackers.

use std::fmt::Write as _;

use serde_json::json;

use crate::load::wire::{self, Caller};

/// How many different requests an attacker cycles through.
const MANY: usize = 2_000;

pub(super) fn long_page(attacker: &Caller) -> Vec<u8> {
    wire::get("/listmsg/attacker?limit=100", attacker)
}

/// Returns a sign-up, repeated with other passwords under one idempotency key.
pub(super) fn sign_ups() -> Vec<Vec<u8>> {
    let repeated = (0..MANY).map(|number| {
        let body = format!("username=again&email=again@example.com&password=guess number {number}");
        let length = body.len();
        format!(
            "POST /register HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: one\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    });
    repeated.collect()
}

/// Returns a change of the attacker's password to the current one.
pub(super) fn password_changes(attacker: &Caller) -> Vec<Vec<u8>> {
    let body = json!({ "password": super::PASSWORD, "current_password": super::PASSWORD });
    let post = wire::post("/user/", attacker, &body);
    vec![[b"PATCH", &post[4..]].concat()]
}

/// Returns logins with wrong passwords.
pub(super) fn guesses(people: &[String]) -> Vec<Vec<u8>> {
    let guess = |(number, name)| {
        wire::post("/login", &Caller::Anybody, &json!({ "username": name, "password": format!("guess {number}") }))
    };
    (0..MANY).zip(people.iter().cycle()).map(guess).collect()
}

/// Returns a request with the longest body, without the last byte.
pub(super) fn half_sent() -> Vec<u8> {
    let head =
        "POST /sendmsg HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 65536\r\n\r\n";
    [head.as_bytes(), &vec![b'x'; 65_535]].concat()
}

pub(super) fn public_timeline() -> Vec<u8> {
    wire::get("/publicTimeline", &Caller::Anybody)
}

pub(super) fn metrics() -> Vec<u8> {
    wire::get("/metrics", &Caller::Anybody)
}

pub(super) fn health() -> Vec<u8> {
    wire::get("/healthz", &Caller::Anybody)
}

/// Returns requests for the OpenAPI description and its page, and a form with 12,500 wrong fields.
pub(super) fn costly() -> Vec<Vec<u8>> {
    let mut form = String::new();
    for field in 0..12_500 {
        let _ = write!(form, "{field:x}&");
    }
    let length = form.len();
    let wrong = format!(
        "POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n\r\n{form}"
    );
    let nobody = Caller::Anybody;
    vec![wire::get("/openapi.json", &nobody), wire::get("/docs", &nobody), wrong.into_bytes()]
}
