//! Sets the machine's clock ahead and back, while a server runs and between two runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use twclone_domain::{Clock, Timestamp};
use twclone_testkit::{World, json};

use super::kit::{Faulty, PATIENT};

const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;

/// Returns a clock that is wrong by this many milliseconds, which the test can change.
fn wrong_by(offset: &Arc<AtomicI64>) -> Clock {
    let (offset, machine) = (Arc::clone(offset), Clock::system());
    Clock::new(move || machine.now().plus_millis(offset.load(Ordering::Relaxed)))
}

/// Sends a message, logs in, lists, posts. Returns the id of the message.
fn everything_works(server: &Faulty) -> u64 {
    let sent = server.post("/sendmsg", &json!({"to": "kobe", "msg": "on"})).mj().send().expect(201);
    server.post("/login", &json!({"username": "chris", "password": "password2"})).send().expect(200);
    server.get("/listmsg/mj").mj().send().expect(200);
    sent["id"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_clock_that_is_set_stops_nothing_and_ids_rise() {
    let (world, offset) = (World::new(), Arc::new(AtomicI64::new(0)));
    let server = Faulty::start_by(&world, PATIENT, wrong_by(&offset));
    let mut last = everything_works(&server);
    for wrong in [-HOUR, 0, 2 * HOUR, YEAR, 0, -YEAR] {
        offset.store(wrong, Ordering::Relaxed);
        for _ in 0..3 {
            let next = everything_works(&server);
            assert!(next > last, "{next} after {last}, wrong by {wrong} ms");
            last = next;
        }
    }
    server.get("/readyz").send().expect(200);
}

#[test]
fn rates_go_on_when_the_clock_is_set_back() {
    let (world, offset) = (World::new(), Arc::new(AtomicI64::new(0)));
    let server = Faulty::start_by(&world, PATIENT, wrong_by(&offset));
    // So many that a rate limit by the clock's time would be used up for the hour.
    for _ in 0..20 {
        server.get("/listmsg/mj").basic("mj", "wrong").send().problem(401);
    }
    server.get("/listmsg/mj").basic("mj", "wrong").send().problem(429);
    offset.store(-HOUR, Ordering::Relaxed);
    let slowed = server.get("/listmsg/mj").basic("mj", "wrong").send();
    slowed.problem(429);
    let wait: u32 = slowed.header("retry-after").unwrap().parse().unwrap();
    assert!(wait <= 600, "{wait}");
}

#[test]
fn after_a_start_with_the_clock_set_back_ids_still_rise() {
    let (world, offset) = (World::new(), Arc::new(AtomicI64::new(YEAR)));
    let server = Faulty::start_by(&world, PATIENT, wrong_by(&offset));
    let last = everything_works(&server);
    drop(server);
    offset.store(0, Ordering::Relaxed);
    let server = Faulty::start_by(&world, PATIENT, wrong_by(&offset));
    let next = everything_works(&server);
    assert!(next > last, "{next} after {last}");
}

#[test]
fn shards_that_were_leased_until_next_year_are_worked_on() {
    let (world, offset) = (World::new(), Arc::new(AtomicI64::new(YEAR)));
    // As if processes were killed with leases on all shards: far more than one process takes.
    for _ in 0..3 {
        let server = Faulty::start_by(&world, PATIENT, wrong_by(&offset));
        server.post("/postTweet", &json!({"tweet": "early"})).mj().send().expect(201);
        drop(server);
    }
    offset.store(0, Ordering::Relaxed);
    let server = Faulty::start_by(&world, PATIENT, wrong_by(&offset));
    let text = format!("now {}", Timestamp::from_millis(0));
    server.post("/postTweet", &json!({"tweet": text})).basic("chris", "password2").send().expect(201);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let home = server.get("/homeTimeline?limit=5").basic("steve", "password2").send();
        if home.text.contains(&text) {
            break;
        }
        assert!(Instant::now() < deadline, "{}", home.text);
        std::thread::sleep(Duration::from_millis(50));
    }
}
