use std::sync::{Arc, mpsc};
use std::time::Duration;

use item_store::api::{Action, Engine};
use tokio::runtime::Handle;

/// A transaction that has timed out for its caller, but still reaches the store later.
#[derive(Debug)]
pub(super) struct Delayed {
    actions: Vec<Action>,
    /// The runtime of the caller.
    runtime: Handle,
}

impl Delayed {
    pub(super) fn new(actions: Vec<Action>) -> Self {
        Self { actions, runtime: Handle::current() }
    }

    /// Executes the transaction, and waits up to a minute for its end. Its result is ignored.
    pub(super) fn release(self, engine: &Arc<dyn Engine>) {
        let (engine, (done, end)) = (Arc::clone(engine), mpsc::channel());
        self.runtime.spawn(async move { done.send(engine.transact(self.actions).await.is_ok()) });
        end.recv_timeout(Duration::from_mins(1)).unwrap();
    }
}
