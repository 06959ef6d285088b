//! A process's worker number: leased at the start, renewed while it runs, given back at the end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::background::{Background, Ending};
use crate::repositories::leases::{Lease, LeaseStore};
use crate::{Clock, Error, IdGenerator};

/// How often the lease is renewed: well within the minute for which it is valid.
const RENEWAL: Duration = Duration::from_secs(10);

/// The pause after a failed renewal. Without it, each id requested in the meantime would trigger another.
const REST: Duration = Duration::from_millis(200);

/// The worker number, and the id generator that uses it.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) ids: Arc<IdGenerator>,
    leases: LeaseStore,
    lease: Arc<Mutex<Lease>>,
}

impl Worker {
    /// Leases a number, and starts a task that renews the lease.
    pub(crate) async fn start(background: &Background, leases: LeaseStore, clock: Clock) -> Result<Self, Error> {
        let lease = leases.take().await?;
        let ids = Arc::new(IdGenerator::new(clock, lease.number, lease.since, lease.holds_until));
        let lease = Arc::new(Mutex::new(lease));
        let renewal = |ending| renew(leases.clone(), Arc::clone(&lease), Arc::clone(&ids), ending);
        background.start("the renewal of the worker number", renewal);
        Ok(Self { ids, leases, lease })
    }

    /// Gives the number back. The renewal task must have ended. No ids are made from now on.
    pub(crate) async fn stop(&self) -> Result<(), Error> {
        let mut lease = self.lease.lock().await;
        self.ids.renew(Duration::ZERO);
        lease.highest = Some(self.ids.highest());
        self.leases.give_back(&lease).await
    }
}

async fn renew(leases: LeaseStore, lease: Arc<Mutex<Lease>>, ids: Arc<IdGenerator>, mut ending: Ending) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(RENEWAL) => {}
            () = ids.run_out() => {}
            () = ending.comes() => return,
        }
        let mut lease = lease.lock().await;
        lease.highest = Some(ids.highest());
        let renewed = match leases.renew(&lease).await {
            Ok(Some(renewed)) => {
                ids.renew(renewed.holds_until);
                Ok(renewed)
            }
            // Another process has it: this one was suspended for longer than the lease.
            Ok(None) => {
                let taken = leases.take().await;
                taken.inspect(|taken| ids.replace(taken.number, taken.since, taken.holds_until))
            }
            Err(error) => Err(error),
        };
        match renewed {
            Ok(renewed) => *lease = renewed,
            Err(error) => {
                tracing::warn!(%error, worker = lease.number, "cannot renew the lease on the worker number");
                drop(lease);
                tokio::time::sleep(REST).await;
            }
        }
    }
}
