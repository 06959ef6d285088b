//! The epoch that both stores have: it stays consistent, even if advancing it is interrupted, or many processes
//! advance it at once.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use item_store::Tables;
use item_store::api::StoreError;
use twclone_domain::{Clock, Error, Installation, Randomness};
use twclone_testkit::{Fault, Faults, Operation, World};

const PATIENT: Duration = Duration::from_secs(30);
/// More calls on leases and the epoch than opening an installation makes.
const MOST: u64 = 12;

async fn open(world: &World, faults: &Arc<Faults>) -> Result<Installation, Error> {
    let tables = Tables::new(Arc::clone(faults) as _, PATIENT);
    Box::pin(Installation::open_on(world.configuration(), tables, Clock::system(), Randomness::system())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_is_broken_off_anywhere_is_no_older_backup() {
    for fault in [Fault::Refuse(StoreError::Overloaded), Fault::Lose(StoreError::Timeout)] {
        let mut failed = 0;
        for nth in 1..MOST {
            let world = World::new();
            let faults = Faults::around(world.tables(PATIENT).await.engine());
            // The first start, which creates the mark, and a later one.
            for _ in 0..2 {
                faults.at_the(nth, Operation::Lease, fault.clone());
                failed += u32::from(open(&world, &faults).await.is_err());
                faults.end();
                open(&world, &faults).await.unwrap_or_else(|error| panic!("{fault:?} at call {nth}: {error}"));
            }
        }
        assert!(failed >= 4, "only {failed} starts failed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_start_at_once() {
    let world = World::new();
    let faults = Faults::around(world.tables(PATIENT).await.engine());
    // Creates the tables and the schema first.
    drop(open(&world, &faults).await.unwrap());
    for _ in 0..4 {
        for opened in join_all((0..8).map(|_| open(&world, &faults))).await {
            opened.unwrap();
        }
    }
}
