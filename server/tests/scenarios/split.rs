//! The services run separately behind a gateway. Clients do not notice, whatever happens to an instance.

mod authentication;
mod fake;
mod killing;
mod lies;
mod once;
mod procfile;
mod restarting;
mod store_away;
mod strangers;
mod visitors;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use twclone_testkit::{Output, Split, World, json};

#[test]
fn the_examples_of_the_first_reference_system_work_behind_a_gateway() {
    let world = World::new();
    let split = Split::start(&world, 1);
    let send = json!({ "to": "kobe", "from": "jordan", "msg": "testing" });
    let sent = split.post("/sendmsg", &send).mj().send();
    let message = sent.expect(201);
    assert_eq!(sent.header("location"), Some(&*format!("/listreplies/{}", message["id"].as_str().unwrap())));
    let reply = json!({ "to": "jordan", "from": "kobe", "msg": "hello", "reply-to-id": 24 });
    split.post("/replyto", &reply).mj().send().expect(201);
    let quick = json!({ "to": "kobebryant", "from": "mj", "quick-reply": 2 });
    split.post("/replyto", &quick).mj().send().expect(201);
    let replies = split.get("/listreplies/24").mj().send().expect(200);
    assert!(replies["replies"].as_array().unwrap().iter().any(|reply| reply["msg"] == "hello"), "{replies}");
    split.get("/listmsg/kobebryant").mj().send().expect(200);
    split.get("/homeTimeline").mj().send().expect(200);
    split.get("/users/all").send().expect(200);
    split.post("/login", &json!({ "username": "mj", "password": "bulls" })).send().expect(200);
    split.get("/.well-known/jwks.json").send().expect(200);
    split.get("/openapi.json").send().expect(200);
}

#[test]
fn what_is_not_there_is_refused_as_in_one_process() {
    let world = World::new();
    let split = Split::start(&world, 1);
    let one = world.serve();
    for (method, path) in [
        ("GET", "/nothing"),
        ("GET", "/sendmsg"),
        ("PUT", "/users/new"),
        ("DELETE", "/posts/new"),
        ("PATCH", "/listmsg/mj"),
        ("QUERY", "/posts/home"),
        ("QUERY", "/nothing"),
        ("POST", "/edge/token"),
        ("GET", "/posts/%zz"),
    ] {
        let (apart, together) = (split.call(method, path).send(), one.call(method, path).send());
        assert_eq!(apart.status, together.status, "{method} {path}: {apart:?}");
        assert_eq!(apart.header("allow"), together.header("allow"), "{method} {path}: {apart:?}");
        assert_eq!(apart.problem(apart.status)["title"], together.json()["title"], "{method} {path}");
    }
    let (apart, together) = (split.call("HEAD", "/publicTimeline").send(), one.call("HEAD", "/publicTimeline").send());
    assert_eq!((apart.status, apart.text.as_str()), (200, ""));
    assert_eq!(apart.header("content-length"), together.header("content-length"));
    let tag = split.get("/publicTimeline").send();
    let known = split.get("/publicTimeline").header("If-None-Match", tag.header("etag").unwrap()).send();
    assert_eq!((known.status, known.text.as_str()), (304, ""));
}

#[test]
fn every_route_is_reached_through_the_gateway() {
    let world = World::new();
    let split = Split::start(&world, 1);
    for (method, path) in twclone_server::app::table() {
        let place: Vec<_> = path.split('/').map(|part| if part.starts_with('<') { "1" } else { part }).collect();
        let answer = split.call(&method, &place.join("/")).send();
        let is_refused = answer.status == 405 || answer.text.contains("no route has this path");
        assert!(!is_refused && answer.status < 500, "{method} {path}: {answer:?}");
    }
}

#[test]
fn a_request_has_one_id_in_every_process_and_the_client_one_address() {
    let world = World::new();
    let split = Split::start(&world, 1);
    let lies = [("X-Forwarded-For", "203.0.113.7"), ("X-Twclone-Edge", "x"), ("X-Request-Id", "mine")];
    let login = split.post("/login", &json!({ "username": "mj", "password": "bulls" }));
    let login = lies.iter().fold(login, |call, (name, value)| call.header(name, value)).send();
    login.expect(200);
    let id = login.header("x-request-id").unwrap();
    assert_ne!(id, "mine");
    for server in [split.gateway(), split.instance(0)] {
        let (began, told) = (Instant::now(), format!("request_id=\"{id}\""));
        while !server.log().contains(&told) {
            assert!(began.elapsed() < Duration::from_secs(10), "{}", server.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    let sessions = split.get("/auth/sessions").mj().send().expect(200);
    assert_eq!(sessions["sessions"][0]["address"], "127.0.0.1");
    // Clients that bypass the gateway are not trusted, either.
    let direct = split.instance(0).post("/login", &json!({ "username": "mj", "password": "bulls" }));
    lies.iter().fold(direct, |call, (name, value)| call.header(name, value)).send().expect(200);
    let sessions = split.get("/auth/sessions").mj().send().expect(200);
    assert_eq!(sessions["sessions"][0]["address"], "127.0.0.1");
    split.instance(0).call("POST", "/edge/token").mj().send().problem(404);
}

#[test]
fn administrators_see_every_instance() {
    let world = World::new();
    let split = Split::start(&world, 1);
    let role = world.admin(&["users", "role", "mj", "admin"]);
    assert_eq!(role.code, Some(0), "{role:?}");
    let services = split.get("/services").mj().send().expect(200);
    let services: Vec<_> = services["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["service"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(services, ["gateway", "auth", "users", "timeline", "messages"]);
}

#[test]
fn a_service_without_any_instance_is_said_to_be_away() {
    let world = World::new();
    let gateway = world.serve_with(&["gateway"]);
    let answer = gateway.get("/publicTimeline").send();
    assert!(answer.problem(502)["detail"].as_str().unwrap().contains("timeline"), "{answer:?}");
    gateway.get("/healthz").send().expect(200);
    assert_eq!(gateway.get("/readyz").send().expect(503)["status"], "not ready");
}

#[test]
fn a_gateway_says_that_it_loads_nothing() {
    let world = World::new();
    let mut command = world.command("twclone-server");
    command.args(["gateway", "--port", "0", "--seed", "test-load.json"]);
    let output = Output::of(command, "");
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stderr.contains("twclone-admin init"), "{output:?}");
}

#[test]
fn an_old_client_is_served_through_a_gateway() {
    let world = World::new();
    let split = Split::start(&world, 1);
    let mut stream = TcpStream::connect(split.address().trim_start_matches("http://")).unwrap();
    stream.write_all(b"GET /publicTimeline HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 ") || answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
