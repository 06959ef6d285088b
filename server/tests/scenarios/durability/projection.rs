//! Public profiles of accounts reach the item store, whatever happens between the two stores.

use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use twclone_testkit::{Server, Value, World, json, repository};

use super::dice::Dice;
use super::witness::Witness;

const WRITERS: usize = 4;
const NO_THROTTLE: [&str; 2] = ["--sign-ups-per-address", "off"];

/// Returns the output of the doctor, which must find nothing wrong.
fn healthy(world: &World) -> Value {
    let output = world.admin(&["--json", "doctor"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    let answer = output.json();
    assert_eq!(answer["healthy"], json!(true));
    answer
}

/// Returns the number of profiles that wait to be written, according to the doctor.
fn waiting(world: &World) -> u64 {
    let notes = healthy(world)["stores"][1]["notes"].take();
    let notes = notes.as_array().unwrap().iter().map(|note| note.as_str().unwrap());
    notes.filter_map(|note| note.split_once(" profiles wait ")?.0.parse::<u64>().ok()).sum()
}

/// Registers one name after another, and records those that were acknowledged.
fn register(server: &Server, writer: &str, names: &Mutex<Vec<String>>) {
    for count in 0.. {
        let name = format!("{writer}_{count}");
        let email = format!("{name}@example.com");
        let body = json!({"username": name, "email": email, "password": "worm of 1991"});
        match server.post("/register", &body).try_send() {
            Some(answer) => drop(answer.expect(201)),
            None => return,
        }
        names.lock().unwrap().push(name);
    }
}

#[test]
fn killed_between_the_two_stores_nothing_is_wrong_after_the_next_start() {
    let rounds = std::env::var("TWCLONE_TEST_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap());
    let mut dice = Dice::new();
    let world = World::new();
    let names = Mutex::new(Vec::new());
    let mut waited = 0;
    for round in 0..rounds {
        let server = world.serve_with(&NO_THROTTLE);
        let before = names.lock().unwrap().len();
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (server, names) = (&server, &names);
                scope.spawn(move || register(server, &format!("p{round}_{writer}"), names));
            }
            let begun = Instant::now();
            while names.lock().unwrap().len() == before && begun.elapsed() < Duration::from_secs(30) {
                std::thread::park_timeout(Duration::from_millis(1));
            }
            std::thread::park_timeout(Duration::from_millis(dice.below(100)));
            assert!(Command::new("kill").args(["-9", &server.process().to_string()]).status().unwrap().success());
        });
        server.kill();
        // Waiting profiles are not a fault.
        waited += waiting(&world);
        // A server writes all waiting profiles before it ends.
        assert_eq!(world.serve().stop(), Some(0));
        assert_eq!(waiting(&world), 0, "round {round}");
    }
    let server = world.serve();
    let names = names.into_inner().unwrap();
    for name in &names {
        server.get(&format!("/user/data/{name}")).send().expect(200);
    }
    eprintln!("{} registered in {rounds} rounds; {waited} profiles waited when the server was killed", names.len());
}

/// Returns whether enough has happened for a meaningful check.
fn enough(witness: &Witness) -> bool {
    witness.acknowledged() > 50 && witness.marked() > 5
}

#[test]
fn beside_a_busy_server_the_doctor_finds_nothing_wrong() {
    let world = World::new();
    let seed = repository().join("test-load.json");
    let server = world.serve_with(&[&NO_THROTTLE[..], &["--seed", seed.to_str().unwrap()]].concat());
    let (witness, names, done) = (Witness::default(), Mutex::new(Vec::new()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (server, witness, done) = (&server, &witness, &done);
            scope.spawn(move || {
                let mut count = 0;
                while !done.load(Ordering::Relaxed) && witness.write_once(server, &writer.to_string(), count).is_some()
                {
                    count += 1;
                }
            });
        }
        scope.spawn(|| witness.mark(&server));
        scope.spawn(|| register(&server, "busy", &names));
        // A failure here must not leave the writers running.
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let begun = Instant::now();
            let mut looks = 0;
            // Each check takes longer on a busy machine.
            while looks < 2 || !enough(&witness) && begun.elapsed() < Duration::from_mins(1) {
                healthy(&world);
                looks += 1;
            }
        }));
        done.store(true, Ordering::Relaxed);
        Command::new("kill").args(["-9", &server.process().to_string()]).status().unwrap();
        looked.unwrap();
    });
    assert!(enough(&witness), "{} written, {} marked", witness.acknowledged(), witness.marked());
    server.kill();
    healthy(&world);
}
