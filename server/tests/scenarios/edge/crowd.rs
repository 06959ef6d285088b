use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::scope;
use std::time::{Duration, Instant};

use twclone_testkit::{Client, World, json};

use crate::listing::walk;

/// The number of senders. Two requests run at a time, of which one may be from this address, and one more waits.
const SENDERS: usize = 32;

/// A refusal that takes longer comes after a wait, on a slow store.
const AT_ONCE: Duration = Duration::from_millis(300);

/// Sends 20 messages and returns those that were accepted. Refusals must be well-formed; immediate ones are counted.
fn send(client: &Client, name: usize, refused: &AtomicUsize) -> Vec<String> {
    let texts = (0..20).map(|count| format!("{name}-{count}"));
    texts
        .filter(|text| {
            let began = Instant::now();
            let answer = client.post("/sendmsg", &json!({ "to": "kobe", "from": "jordan", "msg": text })).mj().send();
            if answer.status == 201 {
                return true;
            }
            let later: u32 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=10).contains(&later), "{later}");
            answer.problem(503);
            refused.fetch_add(usize::from(began.elapsed() < AT_ONCE), Ordering::Relaxed);
            false
        })
        .collect()
}

#[test]
fn more_than_is_let_in_is_refused_and_leaves_no_trace() {
    let world = World::new();
    drop(world.serve_seeded());
    let server = &world.serve_with(&["--requests-at-a-time", "2"]);
    let refused = &AtomicUsize::new(0);
    let taken: BTreeSet<_> = scope(|scope| {
        let send = |name| scope.spawn(move || send(&Client::new(server.address().to_owned()), name, refused));
        let senders: Vec<_> = (0..SENDERS).map(send).collect();
        // Health checks get in.
        for _ in 0..20 {
            server.get("/healthz").send().expect(200);
            server.get("/readyz").send().expect(200);
        }
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    assert!(refused.load(Ordering::Relaxed) > 0 && !taken.is_empty(), "{} were taken", taken.len());
    let kept = walk(server, "/listmsg/kobe?with=jordan&limit=100");
    let kept = kept.iter().map(|kept| kept["msg"].as_str().unwrap().to_owned()).filter(|text| text.contains('-'));
    assert_eq!(kept.collect::<BTreeSet<_>>(), taken);
}

#[test]
fn as_many_as_may_run_and_wait_are_all_let_in() {
    let world = World::new();
    drop(world.serve_seeded());
    // All clients share an address, which has half of the places.
    let server = &world.serve_with(&["--requests-at-a-time", "32"]);
    let refused = &AtomicUsize::new(0);
    scope(|scope| {
        for name in 0..24 {
            scope.spawn(move || send(&Client::new(server.address().to_owned()), name, refused));
        }
    });
    assert_eq!(refused.load(Ordering::Relaxed), 0);
}
