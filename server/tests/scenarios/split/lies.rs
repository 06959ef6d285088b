use std::sync::mpsc::channel;

use twclone_domain::registry::Service;
use twclone_testkit::World;

use super::fake::Fake;

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
    ("X-Twclone-Caller", "guess"),
    ("X-Request-Id", "mine"),
    ("Connection", "close, idempotency-key"),
    ("Keep-Alive", "timeout=9"),
    ("TE", "trailers"),
    ("Proxy-Authorization", "Basic eDp5"),
];

#[test]
fn what_clients_say_of_themselves_never_reaches_a_service() {
    let world = World::new();
    let (sender, asked) = channel();
    let fake = Fake::start(&world, Service::Timeline, move |head| {
        sender.send(head.to_vec()).unwrap();
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}".to_owned()
    });
    let gateway = world.serve_with(&["gateway"]);
    let call = gateway.get("/publicTimeline").header("Idempotency-Key", "kept").header("X-Of-My-Own", "kept");
    let answer = LIES.iter().fold(call, |call, (name, value)| call.header(name, value)).send();
    assert_eq!(answer.status, 200, "{answer:?}");
    let head = asked.recv().unwrap();
    assert_eq!(fake.asked(), 1);
    let headers: Vec<_> = head[1..].iter().map(|line| line.split_once(": ").unwrap()).collect();
    let found = |wanted: &str| -> Vec<_> {
        headers.iter().filter(|(name, _)| *name == wanted).map(|(_, value)| *value).collect()
    };
    assert_eq!(found("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(found("x-forwarded-proto"), ["http"]);
    assert_eq!(found("x-request-id"), [answer.header("x-request-id").unwrap_or_default()]);
    for (_, lie) in LIES {
        assert!(!headers.iter().any(|(_, value)| value == lie), "{lie}: {head:?}");
    }
    assert_eq!((found("idempotency-key"), found("x-of-my-own")), (vec!["kept"], vec!["kept"]));
}
