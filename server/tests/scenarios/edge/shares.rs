//! No address can take everything: the others are served, whatever it does.

use std::io::ErrorKind;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::scope;
use std::time::{Duration, Instant};

use twclone_testkit::{World, json};

use super::wire::Wire;

const GET: &str = "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";

/// Returns whether a request on this connection gets 200; `false` if it is refused or closed.
fn is_served(wire: &mut Wire) -> bool {
    wire.0.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    wire.send(GET);
    let mut head = [0; 15];
    match std::io::Read::read_exact(&mut wire.0, &mut head) {
        Ok(()) => head.starts_with(b"HTTP/1.1 200 "),
        Err(error) => {
            assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "it is not answered");
            false
        }
    }
}

#[test]
fn as_many_connections_as_the_system_allows_are_served() {
    let world = World::new();
    let server = &world.serve_limited("-S -n 64");
    let mut kept: Vec<_> = (0..300).map(|_| Wire::to(server)).collect();
    for (number, wire) in kept.iter_mut().enumerate() {
        assert!(is_served(wire), "{number}");
    }
}

#[test]
fn one_address_has_half_of_the_connections_that_the_open_files_allow() {
    let world = World::new();
    let server = &world.serve_limited("-n 400");
    let mut kept: Vec<_> = (0..150).map(|_| Wire::to(server)).collect();
    let served = kept.iter_mut().filter_map(|wire| is_served(wire).then_some(())).count();
    assert_eq!(served, 100);
    let mut others: Vec<_> = (0..100).map(|_| Wire::from_elsewhere(server)).collect();
    for wire in &mut others {
        assert!(is_served(wire));
    }
}

/// Sends a post and returns the status of its response.
fn post(mut wire: Wire) -> String {
    let body = r#"{"tweet":"x"}"#;
    wire.send(format!(
        "POST /postTweet HTTP/1.1\r\nHost: here\r\nAuthorization: Basic bWo6YnVsbHM=\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    wire.answer()[9..12].to_owned()
}

#[test]
fn half_sent_bodies_of_one_address_leave_room_for_those_of_others() {
    let world = World::new();
    let server = &world.serve_seeded();
    let head = "POST /sendmsg HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 65536\r\n\r\n";
    let held: Vec<_> = (0..1_050)
        .map(|_| {
            let mut wire = Wire::to(server);
            wire.send(head);
            wire.send(vec![b'x'; 65_535]);
            wire
        })
        .collect();
    // Waits until the server has read all of them.
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(post(Wire::from_elsewhere(server)), "201");
    drop(held);
}

#[test]
fn metrics_are_made_once_a_second_for_all_who_ask() {
    let world = World::new();
    let server = &world.serve();
    let asked = |metrics: &str| {
        let line = r#"twclone_requests_total{method="GET",route="/metrics",status="200"} "#;
        metrics.lines().find_map(|found| found.strip_prefix(line)).map_or(0, |count| count.parse().unwrap())
    };
    let began = Instant::now();
    let texts: Vec<_> = (0..20).map(|_| server.get("/metrics").send()).collect();
    let mut made: Vec<u64> = texts.iter().map(|answer| asked(&answer.text)).collect();
    made.dedup();
    assert!(made.len() as u64 <= began.elapsed().as_secs() + 1, "{made:?}");
    assert_eq!(asked(&server.metrics()), 20);
}

#[test]
fn the_places_of_one_address_leave_some_for_others() {
    crowd("/publicTimeline");
}

#[test]
fn so_do_those_of_one_that_asks_for_metrics() {
    crowd("/metrics");
}

/// Lets one address send requests without end, while another one posts.
fn crowd(path: &str) {
    let world = World::new();
    drop(world.serve_seeded());
    let server = &world.serve_with(&["--requests-at-a-time", "4"]);
    let ends = &AtomicBool::new(false);
    scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let mut wire = Wire::to(server);
                while !ends.load(Ordering::Relaxed) {
                    wire.send(format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n"));
                    wire.answer();
                }
            });
        }
        std::thread::sleep(Duration::from_millis(500));
        let answers: Vec<_> = (0..50).map(|_| post(Wire::from_elsewhere(server))).collect();
        ends.store(true, Ordering::Relaxed);
        assert!(answers.iter().all(|answer| answer == "201"), "{answers:?}");
    });
}

#[test]
fn a_crowd_is_delayed_while_others_ask_and_only_then() {
    delayed("/listmsg/kobe?limit=20");
}

/// Such a response is ready at once, and takes time only while it is sent.
#[test]
fn so_is_one_that_asks_for_a_fixed_response() {
    delayed("/openapi.json");
}

/// Lets a crowd send requests for long responses, alone and then beside another client.
fn delayed(path: &str) {
    let world = World::new();
    let server = &world.serve_seeded();
    let text = format!("a{}", "\u{301}".repeat(15)).repeat(1_000);
    for _ in 0..20 {
        server.post("/sendmsg", &json!({ "to": "kobe", "msg": text })).mj().send().expect(201);
    }
    let processors = std::thread::available_parallelism().unwrap().get();
    let crowd = || {
        let (begun, sent) = (Instant::now(), Barrier::new(32));
        scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    let mut wire = Wire::to(server);
                    for _ in 0..2 * processors {
                        wire.send(format!(
                            "GET {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Basic bWo6YnVsbHM=\r\n\r\n"
                        ));
                        // No client reads before all responses are on their way. On a fast machine, the crowd would
                        // otherwise have few requests in flight.
                        sent.wait();
                        std::thread::sleep(Duration::from_millis(50));
                        wire.answer();
                    }
                });
            }
        });
        begun.elapsed()
    };
    let alone = crowd();
    let ends = &AtomicBool::new(false);
    let (beside, slowest) = scope(|scope| {
        let other = scope.spawn(|| {
            let (mut wire, mut slowest) = (Wire::from_elsewhere(server), Duration::ZERO);
            while !ends.load(Ordering::Relaxed) {
                let begun = Instant::now();
                wire.send("GET /publicTimeline HTTP/1.1\r\nHost: here\r\n\r\n");
                wire.answer();
                slowest = slowest.max(begun.elapsed());
                std::thread::sleep(Duration::from_millis(50));
            }
            slowest
        });
        let beside = crowd();
        ends.store(true, Ordering::Relaxed);
        (beside, other.join().unwrap())
    });
    // The responses for the crowd are so long that most of them wait.
    assert!(beside > alone + Duration::from_millis(1_500), "{alone:?} alone, {beside:?} beside others");
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
}
