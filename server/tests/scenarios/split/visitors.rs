//! A service and clients that claim to be a gateway.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use twclone_testkit::{Server, Value, World, repository};

use crate::peers::{self, HELLO, Terms, ask, begin, dial, terms_of};

const BASIC: &str = "Basic bWo6YnVsbHM=";
const LOGIN: &str = r#"{"username": "mj", "password": "bulls"}"#;
/// What a gateway reports about the origin of a request.
const WAY: [(&str, &str); 3] =
    [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("X-Request-Id", "told-by-a-gateway")];

fn auth(world: &World) -> (Server, Terms) {
    let seeded = world.admin(&["init", "--seed", repository().join("test-load.json").to_str().unwrap()]);
    assert_eq!(seeded.code, Some(0), "{seeded:?}");
    let server = world.serve_with(&["auth"]);
    let terms = terms_of(world, "auth", &server);
    (server, terms)
}

/// Returns the client address of the newest session.
fn address(server: &Server) -> Value {
    server.get("/auth/sessions").mj().send().expect(200)["sessions"][0]["address"].clone()
}

#[test]
fn who_proves_to_be_a_gateway_is_believed_what_it_says_of_the_way() {
    let world = World::new();
    let (server, terms) = auth(&world);
    assert_eq!(terms.ask("POST", "/login", &WAY, LOGIN).0, 200);
    assert_eq!(address(&server), "203.0.113.7");
    assert!(server.log().contains("request_id=\"told-by-a-gateway\""), "{}", server.log());
    peers::edge_token(&terms, BASIC);
}

#[test]
fn who_only_says_so_is_a_client() {
    let world = World::new();
    let (server, terms) = auth(&world);
    // The secret itself, if it leaks, is no proof, either.
    let secret = ("X-Twclone-Edge", terms.secret.as_str());
    let way = [&WAY[..], &[secret]].concat();
    let (status, _) = ask(dial(&terms.address), "POST", "/login", &way, LOGIN).unwrap();
    assert_eq!((status, address(&server)), (200, "127.0.0.1".into()));
    assert!(!server.log().contains("told-by-a-gateway"), "{}", server.log());
    let headers = [secret, ("Authorization", BASIC)];
    assert_eq!(ask(dial(&terms.address), "POST", "/edge/token", &headers, "").unwrap().0, 404);
}

#[test]
fn no_other_proof_is_taken_for_one() {
    let world = World::new();
    let (server, terms) = auth(&world);
    let began = Instant::now();
    let others = [
        Terms { secret: "x".repeat(43), ..terms.clone() },
        Terms { service: "users", ..terms.clone() },
        Terms { address: "127.0.0.1:1".to_owned(), ..terms.clone() },
    ];
    let nonce = [7; 32];
    for other in &others {
        let mut stream = dial(&terms.address);
        let answer = begin(&mut stream, &nonce).unwrap();
        stream.write_all(&other.prove("gateway", &nonce, &answer[16..48])).unwrap();
        assert_eq!(ask(stream, "GET", "/healthz", &[], ""), None, "{other:?}");
    }
    // The service's own proof, sent back.
    let mut stream = dial(&terms.address);
    let answer = begin(&mut stream, &nonce).unwrap();
    stream.write_all(&answer[48..]).unwrap();
    assert_eq!(ask(stream, "GET", "/healthz", &[], ""), None);
    // A replay of everything that a gateway sent.
    let mut stream = dial(&terms.address);
    let answer = begin(&mut stream, &nonce).unwrap();
    let proof = terms.prove("gateway", &nonce, &answer[16..48]);
    stream.write_all(&proof).unwrap();
    assert_eq!(ask(stream, "GET", "/healthz", &[], "").unwrap().0, 200);
    let mut stream = dial(&terms.address);
    stream.write_all(&[&HELLO[..], &nonce, &proof].concat()).unwrap();
    assert_eq!(ask(stream, "GET", "/healthz", &[], ""), None);
    // Another protocol version.
    let mut stream = dial(&terms.address);
    stream.write_all(b"\0twclone peer 2\n").unwrap();
    assert_eq!(ask(stream, "GET", "/healthz", &[], ""), None);
    // However many attempts there are, at most one line a second is logged.
    let lines = server.log().matches("a gateway was rejected").count() as u64;
    assert!((1..=began.elapsed().as_secs() + 1).contains(&lines), "{lines} lines\n{}", server.log());
    assert_eq!(server.get("/healthz").send().status, 200);
}

#[test]
fn who_begins_and_says_no_more_is_not_waited_for() {
    let world = World::new();
    let (_server, terms) = auth(&world);
    for length in [1, 16, 47, 48] {
        let (mut stream, began) = (dial(&terms.address), Instant::now());
        stream.write_all(&[&HELLO[..], &[7; 32]].concat()[..length]).unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).unwrap();
        assert!(began.elapsed() < Duration::from_secs(4), "{length}: {:?}", began.elapsed());
    }
}

#[test]
fn a_port_for_clients_alone_knows_no_gateways() {
    let world = World::new();
    for server in [world.serve(), world.serve_with(&["gateway"])] {
        let mut stream = dial(server.address());
        stream.write_all(&[&HELLO[..], &[7; 32]].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
}
