use twclone_testkit::{Server, World, json};

use super::wire::Wire;

/// Returns the client address of an account's newest session, as its owner sees it.
fn address_of_login(server: &Server, headers: &[(&str, &str)]) -> String {
    let login = server.post("/login", &json!({ "username": "mj", "password": "bulls" }));
    headers.iter().fold(login, |login, (name, value)| login.header(name, value)).send().expect(200);
    let sessions = server.get("/auth/sessions").mj().send().expect(200);
    sessions["sessions"][0]["address"].as_str().unwrap().to_owned()
}

const LIES: &[(&str, &str)] = &[
    ("X-Forwarded-For", "203.0.113.7"),
    ("Forwarded", "for=203.0.113.7"),
    ("X-Real-IP", "203.0.113.7"),
    ("X-Client-IP", "203.0.113.7"),
    ("X-Twclone-Edge", "let me in"),
    ("X-Request-Id", "mine"),
];

#[test]
fn nobody_forges_his_address_or_the_id_of_his_request() {
    let world = World::new();
    let server = world.serve_seeded();
    assert_eq!(address_of_login(&server, LIES), "127.0.0.1");
    let answer = server.get("/healthz").header("X-Request-Id", "mine").send();
    assert_ne!(answer.header("x-request-id"), Some("mine"));
}

#[test]
fn a_proxy_that_is_trusted_is_believed_up_to_itself() {
    let world = World::new();
    let server = world.serve_with(&["--trusted-proxies", "127.0.0.1,10.0.0.1"]);
    let seeded = world.admin(&["seed", twclone_testkit::repository().join("test-load.json").to_str().unwrap()]);
    assert_eq!(seeded.code, Some(0), "{seeded:?}");
    let from = |way: &str| address_of_login(&server, &[("X-Forwarded-For", way)]);
    assert_eq!(from("203.0.113.7"), "203.0.113.7");
    assert_eq!(from("198.51.100.1, 203.0.113.7, 10.0.0.1"), "203.0.113.7");
    assert_eq!(from("nonsense"), "127.0.0.1");
}

#[test]
fn an_address_is_found_in_each_form_in_which_proxies_write_it() {
    let world = World::new();
    let seed = twclone_testkit::repository().join("test-load.json");
    let server = world.serve_with(&["--seed", seed.to_str().unwrap(), "--trusted-proxies", "127.0.0.1,10.0.0.1"]);
    for (way, address) in [
        ("198.51.100.1:4001", "198.51.100.1"),
        ("\"198.51.100.2\"", "198.51.100.2"),
        ("\"198.51.100.3:4003\"", "198.51.100.3"),
        ("2001:db8::4", "2001:db8::4"),
        ("[2001:db8::5]", "2001:db8::5"),
        ("[2001:db8::6]:443", "2001:db8::6"),
        ("\"[2001:db8::7]:443\"", "2001:db8::7"),
        ("[::ffff:198.51.100.8]:443", "198.51.100.8"),
        ("203.0.113.7, 198.51.100.9:4009, 10.0.0.1:80,", "198.51.100.9"),
        // Malformed addresses are ignored, and the proxy's own address counts.
        ("198.51.100.10:", "127.0.0.1"),
        ("198.51.100.11:99999", "127.0.0.1"),
        ("[198.51.100.12]", "127.0.0.1"),
        ("[2001:db8::13", "127.0.0.1"),
    ] {
        assert_eq!(address_of_login(&server, &[("X-Forwarded-For", way)]), address, "{way}");
    }
}

#[test]
fn clients_behind_one_proxy_are_counted_each_for_itself_whatever_their_ports() {
    let world = World::new();
    let flags = ["--trusted-proxies", "127.0.0.1", "--sign-ups-per-address", "2/1h"];
    let server = world.serve_with(&flags);
    let register = |name: &str, way: &str| {
        let body = json!({ "username": name, "email": "c@example.com", "password": "a plain phrase for it" });
        server.post("/register", &body).header("X-Forwarded-For", way).send().status
    };
    for client in 1..=3 {
        assert_eq!(register(&format!("c{client}"), &format!("198.51.100.{client}:40{client}")), 201);
    }
    assert_eq!([register("d1", "198.51.100.1:1"), register("d2", "198.51.100.1:2")], [201, 429]);
}

#[test]
fn what_stands_in_connection_is_of_one_connection_alone() {
    let world = World::new();
    let server = world.serve_seeded();
    // Naming the `Authorization` header in `Connection` does not remove it.
    let mut wire = Wire::to(&server);
    let basic = "Authorization: Basic bWo6YnVsbHM=";
    wire.send(format!(
        "GET /listmsg/mj HTTP/1.1\r\nHost: here\r\nConnection: close, authorization, x-a\r\nX-A: b\r\n{basic}\r\n\r\n"
    ));
    assert!(wire.rest().starts_with("HTTP/1.1 200 "));
}

#[test]
fn each_request_has_an_id_of_its_own() {
    let world = World::new();
    let server = world.serve();
    let ids: std::collections::HashSet<_> =
        (0..50).map(|_| server.get("/healthz").send().header("x-request-id").unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 50);
}

#[test]
fn an_address_that_asks_too_often_is_refused() {
    let world = World::new();
    let server = world.serve_with(&["--requests-per-address", "5/1h"]);
    for _ in 0..5 {
        server.get("/publicTimeline").send().expect(200);
    }
    let refused = server.get("/publicTimeline").send();
    refused.problem(429);
    assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() > 60);
    // Metrics are expensive and limited; health checks are not.
    server.get("/metrics").send().problem(429);
    server.get("/healthz").send().expect(200);
    server.get("/readyz").send().expect(200);
}
