use twclone_testkit::{Fault, World, json};

use super::agreement::{Messages, all};
use super::kit::{Faulty, PATIENT, at_every_call, faults, is_done};

/// Lists of kobe's, with questions and answers, replies, read and unread messages. Some pages are filled by a few
/// short ones of a store; for others the server gives up before they are full.
const LISTS: [&str; 7] = [
    "/listmsg/kobe?limit=11",
    "/listmsg/kobe?limit=3&box=sent",
    "/listmsg/kobe?limit=15&box=all",
    "/listmsg/kobe?limit=3&unread=true",
    "/listmsg/kobe?limit=4&box=all&with=jordan",
    "/listmsg/kobe?limit=2&unread=true&box=all",
    "/listreplies/24?limit=2",
];

fn fill(server: &Faulty) {
    let send = |path: &str, body| server.post(path, &body).mj().send().expect(201);
    for count in 0..9 {
        let from = if count % 2 == 0 { "jordan" } else { "mj" };
        send("/sendmsg", json!({"to": "kobe", "from": from, "msg": format!("in {count}")}));
        send("/replyto", json!({"to": "jordan", "from": "kobe", "msg": format!("re {count}"), "reply-to-id": 24}));
        if count % 3 == 0 {
            let body = json!({"to": "kobe", "from": "jordan", "msg": "Well?", "quick-replies": ["Yes", "No"]});
            let question = send("/sendmsg", body);
            send("/replyto", json!({"to": "jordan", "from": "kobe", "quick-reply": 1, "reply-to-id": question["id"]}));
        }
        if count == 2 {
            let body = json!({"up-to": send("/sendmsg", json!({"to": "kobe", "msg": "up to here"}))["id"]});
            server.post("/listmsg/kobe/read", &body).mj().send().expect(200);
        }
    }
}

/// However a store cuts its pages, a list has everything exactly once, and nothing else.
#[test]
fn pages_cut_short_skip_and_repeat_nothing() {
    let world = World::new();
    let server = Faulty::start(&world, PATIENT);
    fill(&server);
    for path in LISTS {
        let truth = all(&server, path);
        assert!(truth.len() > 5, "{path} has only {}", truth.len());
        for fault in [Fault::ShortPage(0), Fault::ShortPage(1), Fault::ShortPage(2)] {
            server.faults.from(1, fault.clone());
            assert_eq!(all(&server, path), truth, "{path} with {fault:?} everywhere");
            assert!(server.faults.end() > 3, "{path} met too few of {fault:?}");
            for seed in 0..4 {
                server.faults.sometimes(seed, 3, fault.clone());
                assert_eq!(all(&server, path), truth, "{path} with {fault:?} now and then, seed {seed}");
            }
            server.faults.end();
        }
    }
}

/// A page is complete or an error, and the next read without a fault succeeds.
#[test]
fn a_list_is_told_whole_or_not_at_all() {
    let world = World::new();
    let server = Faulty::start(&world, PATIENT);
    fill(&server);
    for path in LISTS {
        let truth = all(&server, path);
        let whole = server.get(path).mj().send().expect(200);
        at_every_call(faults(), |nth, fault, statuses| {
            let story = format!("{path}: {fault:?} at call {nth}");
            server.faults.at(nth, fault.clone());
            let answer = server.get(path).mj().send();
            let met = server.faults.end() > 0;
            let done = is_done(&answer, statuses, &story);
            // Conflicts and delays do not affect reads.
            assert!(done || met, "{story}: {answer:?}");
            if done {
                assert_eq!(answer.json(), whole, "{story}");
            }
            met
        });
        assert_eq!(all(&server, path), truth, "{path}, when all is well again");
    }
}

/// Messages are sent while a list is read through pages that are cut short. What was there before is there once.
#[test]
fn a_list_that_grows_meanwhile_is_whole() {
    let world = World::new();
    let server = Faulty::start(&world, PATIENT);
    fill(&server);
    let before: Messages = all(&server, "/listmsg/kobe?limit=3&box=all");
    server.faults.sometimes(7, 2, Fault::ShortPage(1));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for count in 0..20 {
                let body = json!({"to": "kobe", "from": "jordan", "msg": format!("meanwhile {count}")});
                server.post("/sendmsg", &body).mj().send().expect(201);
            }
        });
        for _ in 0..3 {
            let mut seen = all(&server, "/listmsg/kobe?limit=3&box=all");
            seen.retain(|id, _| before.contains_key(id));
            assert_eq!(seen, before);
        }
    });
    assert!(server.faults.end() > 0);
}
