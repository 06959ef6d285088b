use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use item_store::api::StoreError;
use twclone_domain::{Clock, Timestamp};
use twclone_testkit::{Fault, Faults, Operation, World, json};

use super::kit::{Faulty, PATIENT, faults, is_clear, open, runtime};

/// Longer than a renewal takes, shorter than the time between two.
const DEADLINE: Duration = Duration::from_secs(4);

/// Opens an installation with a fault and returns whether the fault was met. Asserts that the result is an open
/// installation or a clear error, and that the next opening succeeds.
async fn open_under(world: &World, order: impl Fn(&Faults)) -> bool {
    let faults = Faults::around(world.tables(PATIENT).await.engine());
    order(&faults);
    let opening = tokio::spawn(open(world.configuration(), Arc::clone(&faults), PATIENT, Clock::system()));
    match opening.await {
        Ok(Ok(installation)) => installation.readiness().await.items.unwrap(),
        Ok(Err(error)) => assert!(is_clear(&error), "{error:?}"),
        Err(panic) => assert!(panic.is_panic()),
    }
    let met = faults.end() > 0;
    let next = open(world.configuration(), faults, PATIENT, Clock::system()).await.unwrap();
    next.readiness().await.items.unwrap();
    met
}

#[test]
fn a_start_succeeds_or_says_why_not_and_the_next_one_succeeds() {
    let world = World::new();
    runtime().block_on(async {
        for operation in [Operation::CreateTables, Operation::Lease] {
            for (fault, _) in faults() {
                let mut calls = 0;
                while open_under(&world, |faults| faults.at_the(calls + 1, operation, fault.clone())).await {
                    calls += 1;
                }
                // Taking the lease needs a query and a transaction, and again one of each if the first attempt
                // failed.
                assert!((1..=4).contains(&calls), "{fault:?} at {operation:?} was met {calls} times");
            }
        }
    });
}

/// The next renewal makes up for one that failed: after it, the lease holds longer than the first did. The clock is
/// set ahead of the machine's to avoid a wait.
fn renewed_in_spite_of(fault: Fault) {
    let ahead = Arc::new(AtomicU64::new(0));
    let clock = {
        let (ahead, machine) = (Arc::clone(&ahead), Clock::system());
        let so_far = move || Duration::from_millis(ahead.load(Ordering::Relaxed));
        let (now, elapsed) = (so_far.clone(), so_far);
        let asked = machine.clone();
        Clock::with_elapsed(
            move || Timestamp::from_millis(machine.now().millis() + i64::try_from(now().as_millis()).unwrap()),
            move || asked.elapsed() + elapsed(),
        )
    };
    let world = World::new();
    let server = Faulty::start_by(&world, DEADLINE, clock);
    let story = format!("{fault:?}");
    server.faults.at_the(1, Operation::Lease, fault);
    let begun = Instant::now();
    // When the calls of the next renewal begin, the failed one is over. The pause waits for their responses.
    while server.faults.seen() < 2 {
        assert!(begun.elapsed() < Duration::from_mins(1), "{story}: the lease is not renewed any more");
        std::thread::park_timeout(Duration::from_millis(100));
    }
    std::thread::park_timeout(Duration::from_secs(2));
    ahead.store(50_000, Ordering::Relaxed);
    server.post("/sendmsg", &json!({"to": "kobe", "msg": "still here"})).mj().send().expect(201);
}

#[test]
fn a_lease_outlives_a_renewal_that_fails() {
    // As if another process had taken the worker number because this one was away too long.
    let taken = Fault::Refuse(StoreError::ConditionFailed(vec![0]));
    let faults = [Fault::Refuse(StoreError::Timeout), Fault::Lose(StoreError::Timeout), Fault::Hang, taken];
    std::thread::scope(|scope| {
        for fault in faults {
            scope.spawn(|| renewed_in_spite_of(fault));
        }
    });
}
