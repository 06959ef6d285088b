//! `/readyz` also covers what requests need besides the stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use item_store::api::StoreError;
use twclone_domain::Clock;
use twclone_testkit::{Fault, Operation, Server, Value, World};

use super::kit::{Faulty, PATIENT};

/// Waits until the process is not ready, and returns the response of `/readyz`.
fn not_ready(server: &Faulty) -> Value {
    let began = Instant::now();
    loop {
        let said = server.get("/readyz").send();
        if said.status == 503 {
            let said = said.expect(503);
            assert_eq!(said["status"], "not ready");
            return said;
        }
        assert!(began.elapsed() < PATIENT, "ready after all");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_task_in_the_background_that_died_is_told() {
    for operation in [Operation::Job, Operation::Instance] {
        let world = World::new();
        let server = Faulty::start(&world, PATIENT);
        server.get("/readyz").send().expect(200);
        server.faults.from_the(1, operation, Fault::Panic);
        let said = not_ready(&server);
        assert_eq!(
            (&said["tasks"], &said["items"]),
            (&"a background task has ended; restart".into(), &"ok".into()),
            "{operation:?}"
        );
        // It does not recover by itself.
        server.faults.end();
        assert_eq!(server.get("/readyz").send().status, 503);
    }
}

#[test]
fn a_worker_number_that_cannot_be_renewed_is_told() {
    let ahead = Arc::new(AtomicU64::new(0));
    let shift = Arc::clone(&ahead);
    let system = Clock::system();
    let asked = system.clone();
    let clock = Clock::with_elapsed(
        move || system.now(),
        move || asked.elapsed() + Duration::from_millis(shift.load(Ordering::Relaxed)),
    );
    let world = World::new();
    let server = Faulty::start_by(&world, PATIENT, clock);
    server.get("/readyz").send().expect(200);
    server.faults.from_the(1, Operation::Lease, Fault::Refuse(StoreError::Overloaded));
    ahead.store(120_000, Ordering::Relaxed);
    let said = not_ready(&server);
    assert_eq!(
        (&said["ids"], &said["items"], &said["tasks"]),
        (&"is not available".into(), &"ok".into(), &"ok".into())
    );
}

#[test]
fn a_signing_key_that_cannot_be_read_is_told() {
    let world = World::new();
    let server: Server = world.serve();
    server.get("/readyz").send().expect(200);
    // As if another user had rotated the key: this process cannot read the file of the new one.
    assert_eq!(world.admin(&["keys", "rotate"]).code, Some(0));
    let key = std::fs::read_dir(world.data().join("keys")).unwrap().map(|key| key.unwrap().path());
    let key = key.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "pk8")).unwrap();
    std::fs::remove_file(&key).unwrap();
    std::fs::create_dir(&key).unwrap();
    let said = server.get("/readyz").send().expect(503);
    assert_eq!((&said["signing_key"], &said["identity"]), (&"is not available".into(), &"ok".into()));
}
