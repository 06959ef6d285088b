use std::thread::scope;
use std::time::{Duration, Instant};

use twclone_testkit::World;

use super::wire::Wire;

const GET: &str = "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";

fn seconds(from: u64, to: u64) -> std::ops::Range<Duration> {
    Duration::from_secs(from)..Duration::from_secs(to)
}

#[test]
fn slow_clients_are_cut_off_in_the_stated_times() {
    let world = World::new();
    let server = &world.serve();
    let ends_within = |name: &str, mut wire: Wire, times: std::ops::Range<Duration>| {
        let took = wire.time_to_end();
        assert!(times.contains(&took), "{name}: after {took:?}");
    };
    scope(|scope| {
        scope.spawn(|| ends_within("connects only", Wire::to(server), seconds(9, 13)));
        scope.spawn(|| {
            let mut wire = Wire::to(server);
            wire.send("GET /healthz HTTP/1.1\r\nHost: he");
            ends_within("half a head", wire, seconds(9, 13));
        });
        scope.spawn(|| {
            let mut wire = Wire::to(server);
            wire.send(
                "POST /login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{",
            );
            let began = Instant::now();
            let answer = wire.rest();
            assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("connection: close"), "{answer}");
            assert!(seconds(9, 13).contains(&began.elapsed()), "half a body: after {:?}", began.elapsed());
        });
        scope.spawn(|| {
            let mut wire = Wire::to(server);
            wire.send("POST /login HTTP/1.1\r\nHost: here\r\nContent-Length: 60000\r\n\r\n");
            wire.send(vec![b' '; 50_000]);
            let began = Instant::now();
            // Much at first, then almost nothing.
            while wire.send(" ") && began.elapsed() < Duration::from_secs(25) {
                std::thread::sleep(Duration::from_millis(500));
            }
            assert!(seconds(9, 17).contains(&began.elapsed()), "a slow body: after {:?}", began.elapsed());
        });
        scope.spawn(|| {
            let mut wire = Wire::to(server);
            wire.send("POST /login HTTP/1.1\r\nHost: here\r\nContent-Length: 60000\r\n\r\n");
            // A constantly slow line is not an attack.
            for _ in 0..24 {
                wire.send([b' '; 2_500]);
                std::thread::sleep(Duration::from_secs(1));
            }
            let answer = wire.answer();
            assert!(!answer.starts_with("HTTP/1.1 408 "), "{answer}");
        });
        scope.spawn(|| {
            let mut wire = Wire::to(server);
            let began = Instant::now();
            // A head that arrives at one byte a second gets no extra time.
            while wire.send("X") && began.elapsed() < Duration::from_secs(30) {
                std::thread::sleep(Duration::from_secs(1));
            }
            assert!(seconds(9, 15).contains(&began.elapsed()), "a byte a second: after {:?}", began.elapsed());
        });
        scope.spawn(|| {
            let mut wire = Wire::to(server);
            wire.send(GET);
            assert!(wire.answer().starts_with("HTTP/1.1 200 "));
            ends_within("idle", wire, seconds(59, 64));
        });
        scope.spawn(|| {
            let mut wire = Wire::to(server);
            let began = Instant::now();
            // Nor does one of empty lines.
            while wire.send("\r\n") && began.elapsed() < Duration::from_secs(30) {
                std::thread::sleep(Duration::from_secs(1));
            }
            assert!(seconds(0, 15).contains(&began.elapsed()), "empty lines: after {:?}", began.elapsed());
        });
        scope.spawn(|| {
            // The next head has its own time, however long the connection was idle.
            let mut wire = Wire::to(server);
            wire.send(GET);
            wire.answer();
            std::thread::sleep(Duration::from_secs(12));
            wire.send(GET);
            assert!(wire.answer().starts_with("HTTP/1.1 200 "));
            wire.send(&GET[..20]);
            ends_within("half a second head", wire, seconds(9, 13));
        });
    });
}

#[test]
fn a_thousand_slow_ones_leave_the_honest_unharmed() {
    let world = World::new();
    let server = &world.serve_seeded();
    let slow: Vec<_> = (0..1_000)
        .map(|number| {
            let mut wire = Wire::to(server);
            let begun = ["", "GET /hea", "POST /login HTTP/1.1\r\nHost: here\r\nContent-Length: 40\r\n\r\n{", GET];
            wire.send(begun[number % begun.len()]);
            wire
        })
        .collect();
    scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let client = twclone_testkit::Client::new(server.address().to_owned());
                for _ in 0..5 {
                    let began = Instant::now();
                    client.get("/listmsg/mj").mj().send().expect(200);
                    let took = began.elapsed();
                    assert!(took < Duration::from_secs(5), "{took:?}");
                }
            });
        }
    });
    drop(slow);
}
