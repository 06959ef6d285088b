use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::scope;

use twclone_testkit::{Answer, Client, Split, World, json};

const ROUNDS: usize = 50;
const CLIENTS: usize = 16;

/// What the clients observed.
#[derive(Default)]
struct Seen {
    /// Texts that were acknowledged.
    sent: Mutex<HashSet<String>>,
    /// Requests that got 502, because their outcome is unknown.
    broken_off: AtomicUsize,
    done: AtomicUsize,
}

/// Tells the clients to stop, also if the test fails.
pub(super) struct Stopping<'a>(pub(super) &'a AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a client that sends and reads until it is told to stop. Only a write without a key may fail, with 502.
fn ask(client: &Client, name: usize, stop: &AtomicBool, seen: &Seen) {
    for count in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let text = format!("{name}-{count}");
        let message = json!({ "to": "kobe", "from": "jordan", "msg": text });
        let whole = |answer: Answer, status: u16| assert_eq!(answer.status, status, "{text}: {answer:?}");
        match count % 5 {
            0 => whole(client.get("/listmsg/kobe?limit=1").mj().send(), 200),
            1 => whole(client.get("/publicTimeline").send(), 200),
            2 => whole(client.get("/users/mj/delegates").mj().send(), 200),
            3 => {
                whole(client.post("/sendmsg", &message).mj().header("Idempotency-Key", &text).send(), 201);
                seen.sent.lock().unwrap().insert(text.clone());
            }
            _ => {
                let answer = client.post("/sendmsg", &message).mj().send();
                if answer.status == 502 {
                    answer.problem(502);
                    seen.broken_off.fetch_add(1, Ordering::Relaxed);
                } else {
                    whole(answer, 201);
                    seen.sent.lock().unwrap().insert(text.clone());
                }
            }
        }
        seen.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Returns every text from jordan to kobe, as often as it is there.
fn texts(client: &Client) -> Vec<String> {
    let (mut texts, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/listmsg/kobe?limit=100{cursor}")).mj().send().expect(200);
        texts.extend(page["messages"].as_array().unwrap().iter().map(|one| one["msg"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return texts,
        }
    }
}

#[test]
fn any_instance_can_be_killed_and_nobody_notices() {
    let world = World::new();
    let mut split = Split::start(&world, 2);
    let (stop, seen) = (AtomicBool::new(false), Seen::default());
    let address = split.address().to_owned();
    scope(|scope| {
        let _stopping = Stopping(&stop);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|name| {
                let (address, stop, seen) = (address.clone(), &stop, &seen);
                scope.spawn(move || ask(&Client::new(address), name, stop, seen))
            })
            .collect();
        for round in 0..ROUNDS {
            // A client that saw a failure has panicked, and the test has failed.
            if clients.iter().any(std::thread::ScopedJoinHandle::is_finished) {
                break;
            }
            split.kill(round % split.count());
            // As under a supervisor, at least one instance of each service always runs.
            if round % 4 == 3 {
                split.all_are_ready();
            }
        }
    });
    let (sent, kept) = (seen.sent.into_inner().unwrap(), texts(&split));
    let different: HashSet<_> = kept.iter().cloned().collect();
    assert_eq!(kept.len(), different.len(), "a message was sent twice");
    let lost: Vec<_> = sent.difference(&different).collect();
    assert!(lost.is_empty(), "{lost:?}");
    let (done, broken_off) = (seen.done.into_inner(), seen.broken_off.into_inner());
    assert!(done > 500, "{done} requests");
    assert!(broken_off <= ROUNDS * CLIENTS / 5, "{broken_off} of {done} were broken off");
}
