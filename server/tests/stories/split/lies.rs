use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use twclone_domain::registry::{Registry, Service};
use twclone_domain::{Clock, Randomness};
use twclone_testkit::World;

const LIES: &[(&str, &str)] = &[
    ("X-Forwarded-For", "203.0.113.7"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-User", "kobe"),
    ("Forwarded", "for=203.0.113.7"),
    ("X-Real-IP", "203.0.113.7"),
    ("X-Remote-User", "kobe"),
    ("Remote-User", "kobe"),
    ("X-User-Id", "2"),
    ("X-Twclone-Edge", "guess"),
    ("X-Request-Id", "mine"),
    ("Connection", "close, idempotency-key"),
    ("Keep-Alive", "timeout=9"),
    ("TE", "trailers"),
    ("Proxy-Authorization", "Basic eDp5"),
];

/// A service that is none: it says how it is asked.
fn answer(listener: &TcpListener) -> Vec<String> {
    loop {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
        let head: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").unwrap();
        if !head[0].contains("/readyz") {
            return head;
        }
    }
}

#[test]
fn what_clients_say_of_themselves_never_reaches_a_service() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (configuration, randomness) = (world.configuration(), Randomness::system());
    let registry = runtime.block_on(Registry::open(&configuration, &Clock::system(), &randomness)).unwrap();
    let instance = registry.new_instance(Service::Timeline, address, "0.0.1").unwrap();
    let heart = runtime.block_on(registry.start_heart(instance, Default::default)).unwrap();
    let asked = std::thread::spawn(move || answer(&listener));
    let gateway = world.serve_with(&["gateway"]);
    let call = gateway.get("/publicTimeline").header("Idempotency-Key", "kept").header("X-Of-My-Own", "kept");
    let answer = LIES.iter().fold(call, |call, (name, value)| call.header(name, value)).send();
    assert_eq!(answer.status, 200, "{answer:?}");
    let head = asked.join().unwrap();
    drop(heart);
    let headers: Vec<_> = head[1..].iter().map(|line| line.split_once(": ").unwrap()).collect();
    let found = |wanted: &str| -> Vec<_> {
        headers.iter().filter(|(name, _)| *name == wanted).map(|(_, value)| *value).collect()
    };
    assert_eq!(found("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(found("x-forwarded-proto"), ["http"]);
    assert_eq!(found("x-request-id"), [answer.header("x-request-id").unwrap_or_default()]);
    assert_eq!(found("x-twclone-edge").len(), 1);
    for (_, lie) in LIES {
        assert!(!headers.iter().any(|(name, value)| value == lie && *name != "x-twclone-edge"), "{lie}: {head:?}");
    }
    assert_eq!((found("idempotency-key"), found("x-of-my-own")), (vec!["kept"], vec!["kept"]));
}
