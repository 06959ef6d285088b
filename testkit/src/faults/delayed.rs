use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::runtime::Handle;
use twclone_domain::item_store::api::{Action, Engine};

/// A transaction whose caller has stopped waiting, and which is still on its way.
#[derive(Debug)]
pub(super) struct Delayed {
    actions: Vec<Action>,
    /// The one that the caller ran on.
    runtime: Handle,
}

impl Delayed {
    pub(super) fn new(actions: Vec<Action>) -> Self {
        Self { actions, runtime: Handle::current() }
    }

    /// Lets it arrive, whatever comes of it.
    pub(super) fn release(self, engine: &Arc<dyn Engine>) {
        let (engine, (done, end)) = (Arc::clone(engine), mpsc::channel());
        self.runtime.spawn(async move { done.send(engine.transact(self.actions).await.is_ok()) });
        end.recv_timeout(Duration::from_mins(1)).unwrap();
    }
}
