use std::time::{Duration, Instant};

use item_store::api::StoreError;
use twclone_testkit::{Fault, Operation, World, json};

use super::kit::{Faulty, PATIENT};

/// Returns the notes of the doctor, which must find nothing wrong.
fn notes(world: &World) -> String {
    let output = world.admin(&["--json", "doctor"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    output.json()["stores"][1]["notes"].to_string()
}

fn register(server: &Faulty) {
    for name in ["dennis", "toni"] {
        let email = format!("{name}@example.com");
        let body = json!({"username": name, "email": email, "password": "worm of 1991"});
        server.post("/register", &body).send().expect(201);
    }
}

fn away() -> StoreError {
    StoreError::Unavailable("the cable was pulled".to_owned())
}

#[test]
fn a_profile_waits_for_as_long_as_its_store_is_away_and_nobody_waits_for_it() {
    for fault in [Fault::Refuse(away()), Fault::Refuse(StoreError::Overloaded), Fault::Panic] {
        let world = World::new();
        let server = Faulty::start(&world, PATIENT);
        server.faults.from_the(1, Operation::Profile, fault.clone());
        register(&server);
        let begun = Instant::now();
        while server.faults.seen() < 4 {
            assert!(begun.elapsed() < Duration::from_secs(30), "{fault:?}: it is not tried on");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        assert!(notes(&world).contains("2 profiles wait to be written"), "{fault:?}: {}", notes(&world));
        server.faults.end();
        while notes(&world) != "[]" {
            assert!(begun.elapsed() < Duration::from_mins(1), "{fault:?}: {}", notes(&world));
        }
    }
}

#[test]
fn a_profile_whose_answer_was_lost_is_not_written_for_ever() {
    let world = World::new();
    let server = Faulty::start(&world, PATIENT);
    server.faults.from_the(1, Operation::Profile, Fault::Lose(away()));
    register(&server);
    let begun = Instant::now();
    while notes(&world) != "[]" {
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", notes(&world));
    }
    let calls = server.faults.seen();
    std::thread::park_timeout(Duration::from_secs(4));
    assert_eq!(server.faults.seen(), calls, "the store is asked although nothing waits");
}
