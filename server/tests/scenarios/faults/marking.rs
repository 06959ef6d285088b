use std::time::Duration;

use twclone_testkit::{Value, World, json};

use super::agreement::{agreed, all};
use super::kit::{Faulty, PATIENT, at_every_call, faults, is_done, now};

/// Sends this many messages and returns the id of the last.
fn write(server: &Faulty, count: usize) -> Value {
    let body = json!({"to": "kobe", "from": "jordan", "msg": "news"});
    let mut last = Value::Null;
    for _ in 0..count {
        last = server.post("/sendmsg", &body).mj().send().expect(201)["id"].take();
    }
    last
}

fn unread(server: &Faulty) -> usize {
    all(server, "/listmsg/kobe?unread=true&limit=100").len()
}

/// Returns the number of unread messages once no mark is in flight: a request that fails abandons its concurrent
/// marks.
fn settled(server: &Faulty) -> usize {
    let mut found = unread(server);
    loop {
        std::thread::park_timeout(Duration::from_millis(15));
        let again = unread(server);
        if again == found {
            return found;
        }
        found = again;
    }
}

/// Some messages are marked and others not, but each in all its copies. The next request marks the rest.
#[test]
fn each_message_is_marked_everywhere_or_nowhere() {
    const MESSAGES: usize = 3;
    let world = World::new();
    let server = Faulty::start(&world, PATIENT);
    let (mut failed, mut part) = (0, 0);
    at_every_call(faults(), |nth, fault, statuses| {
        let (first, story) = (now(), format!("{fault:?} at call {nth}"));
        let before = unread(&server);
        let body = json!({"up-to": write(&server, MESSAGES - before)});
        server.faults.at(nth, fault.clone());
        let answer = server.post("/listmsg/kobe/read", &body).mj().send();
        let met = server.faults.end() > 0;
        server.faults.release();
        let done = is_done(&answer, statuses, &story);
        if !met {
            assert!(done, "{story}: {answer:?}");
            return false;
        }
        let left = settled(&server);
        agreed(&server, first, &story);
        if done {
            assert_eq!((answer.json()["marked"].clone(), left), (json!(MESSAGES), 0), "{story}");
        }
        failed += u32::from(!done);
        part += u32::from(!done && left > 0 && left < MESSAGES);
        let again = server.post("/listmsg/kobe/read", &body).mj().send().expect(200);
        assert_eq!((again["marked"].clone(), unread(&server)), (json!(left), 0), "{story}");
        true
    });
    assert!(failed > 5 && part > 0, "{failed} failed, {part} of them marked a part");
}
