use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::scope;

use twclone_testkit::{Client, Split, World, json};

use super::killing::Stopping;

/// Sends and reads without idempotency keys. Nothing may fail.
fn ask(client: &Client, name: usize, stop: &AtomicBool, done: &AtomicUsize) {
    for count in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let message = json!({ "to": "kobe", "from": "jordan", "msg": format!("{name}-{count}") });
        client.post("/sendmsg", &message).mj().send().expect(201);
        client.get("/homeTimeline").mj().send().expect(200);
        client.get("/users/all").send().expect(200);
        client.post("/login", &json!({ "username": "mj", "password": "bulls" })).send().expect(200);
        done.fetch_add(4, Ordering::Relaxed);
    }
}

#[test]
fn every_service_is_restarted_under_load_without_one_failed_request() {
    let world = World::new();
    let mut split = Split::start(&world, 2);
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    let address = split.address().to_owned();
    scope(|scope| {
        let _stopping = Stopping(&stop);
        for name in 0..8 {
            let (address, stop, done) = (address.clone(), &stop, &done);
            scope.spawn(move || ask(&Client::new(address), name, stop, done));
        }
        for place in 0..split.count() {
            assert_eq!(split.restart(place), Some(0), "{}", split.instance(place).log());
            split.all_are_ready();
        }
    });
    assert!(done.into_inner() > 100);
}

/// Sends until connections are refused. Any other failure is a lost request.
fn ask_until_nobody_listens(client: &Client) -> usize {
    for count in 0.. {
        let message = json!({ "to": "kobe", "from": "jordan", "msg": "still there?" });
        match client.post("/sendmsg", &message).mj().attempt() {
            Ok(answer) => drop(answer.expect(201)),
            Err(ErrorKind::ConnectionRefused) => return count,
            Err(other) => panic!("a request was lost: {other:?}"),
        }
    }
    0
}

#[test]
fn a_process_that_is_told_to_stop_answers_all_that_it_accepted() {
    let world = World::new();
    let server = world.serve_seeded();
    let address = server.address().to_owned();
    scope(|scope| {
        let clients: Vec<_> = (0..16)
            .map(|_| {
                let address = address.clone();
                scope.spawn(move || ask_until_nobody_listens(&Client::new(address)))
            })
            .collect();
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert_eq!(server.stop(), Some(0));
        let counts: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    });
}

#[test]
fn a_gateway_that_is_told_to_stop_does_so_too() {
    let world = World::new();
    let mut split = Split::start(&world, 1);
    let address = split.address().to_owned();
    scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let address = address.clone();
                scope.spawn(move || ask_until_nobody_listens(&Client::new(address)))
            })
            .collect();
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert_eq!(split.restart_gateway(), Some(0));
        // Connections were refused between the two processes. Clients that came later were served until this drop.
        drop(split);
        for client in clients {
            assert!(client.join().unwrap() > 0);
        }
    });
}
