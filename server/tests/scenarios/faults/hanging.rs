use std::time::{Duration, Instant};

use twclone_testkit::{Fault, World, json};

use super::agreement::{agreed, with_text};
use super::kit::{Faulty, is_done, now};

/// Short, to keep the test short, but longer than a call takes on a machine that is busy with other tests.
const DEADLINE: Duration = Duration::from_millis(1_500);
/// The most time for a request, which makes at most 4 calls, of which one or all hang.
const WITHIN: Duration = Duration::from_secs(20);

/// Sends with a key while a call hangs, and again without a fault. Returns whether the first try succeeded, and
/// whether it met the fault.
fn send(server: &Faulty, text: &str, order: impl Fn()) -> (bool, bool) {
    let first = now();
    let body = json!({"to": "kobe", "from": "jordan", "msg": text});
    let send = || server.post("/sendmsg", &body).mj().header("Idempotency-Key", text).send();
    order();
    let begun = Instant::now();
    let done = is_done(&send(), &[503], text);
    assert!(begun.elapsed() < WITHIN, "{text} took {:?}", begun.elapsed());
    let met = server.faults.end() > 0;
    let message = send().expect(201);
    let found = with_text(&agreed(server, first, text), text);
    assert_eq!(found.into_values().collect::<Vec<_>>(), [message], "{text}");
    (done, met)
}

#[test]
fn a_send_that_hangs_ends_in_time_and_is_done_once() {
    let world = World::new();
    let server = Faulty::start(&world, DEADLINE);
    let at = |nth, fault: &Fault| server.faults.at(nth, fault.clone());
    let from = |fault: &Fault| server.faults.from(1, fault.clone());
    assert_eq!(send(&server, "hang", || at(1, &Fault::Hang)), (false, true));
    // The response is lost, but the key gives access to its outcome. (The first call reads the relationship of the
    // two accounts.)
    assert_eq!(send(&server, "hang-write", || at(2, &Fault::Hang)), (false, true));
    assert_eq!(send(&server, "mute", || at(2, &Fault::Mute)), (true, true));
    assert_eq!(send(&server, "hang-on", || from(&Fault::Hang)), (false, true));
    assert_eq!(send(&server, "mute-on", || from(&Fault::Mute)), (false, true));
}

#[test]
fn what_hangs_holds_nobody_else_up() {
    let world = World::new();
    let server = Faulty::start(&world, DEADLINE);
    server.faults.at(1, Fault::Hang);
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| server.get("/listmsg/kobe").mj().send());
        while server.faults.seen() == 0 {
            std::thread::yield_now();
        }
        for _ in 0..10 {
            server.get("/listmsg/kobe").mj().send().expect(200);
        }
        assert!(!hanging.is_finished(), "ten lists took longer than {DEADLINE:?}");
        hanging.join().unwrap().problem(503);
    });
}

/// Operations on accounts work without the item store. `/readyz` reports whether that store responds.
#[test]
fn accounts_outlive_the_store_of_items() {
    let world = World::new();
    let server = Faulty::start(&world, DEADLINE);
    let sign_up = json!({"username": "dennis", "email": "dennis@example.com", "password": "worm of 1991"});
    let register = || server.post("/register", &sign_up).header("Idempotency-Key", "key").send();
    // The only operation on accounts that reads that store: a name without a profile is free.
    let made = register().expect(201);
    server.faults.from(1, Fault::Hang);
    let ready = server.get("/readyz").send();
    assert_eq!(ready.expect(503)["items"], "does not answer in time");
    assert_eq!(register().expect(201), made);
    server.post("/login", &json!({"username": "dennis", "password": "worm of 1991"})).send().expect(200);
    server.get("/users/all").send().expect(200);
    server.get("/healthz").send().expect(200);
    assert_eq!(server.faults.end(), 1, "only the question whether all is ready concerns that store");
    server.get("/readyz").send().expect(200);
    server.faults.at(1, Fault::Panic);
    server.get("/readyz").send().problem(500);
    server.get("/readyz").send().expect(200);
}
