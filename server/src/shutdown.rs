//! When a process stops: told by a signal, or because a store is lost. From then on it has a limited time.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use twclone_domain::Error;

use crate::log;

/// How long a stop may take, from the signal to the end of the process: to leave the registry and wait for gateways to
/// know (6 s), to answer what was accepted (`edge::front`, 21 s), and to end the tasks in the background (3 s).
/// `docs/operating.md` states it, and `TimeoutStopSec` in `deploy/systemd/` is longer.
const SHUTDOWN: Duration = Duration::from_secs(30);

/// The signals that tell the process to stop. They are heeded from the moment that this is made.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn heed() -> Result<Self, Error> {
        let heed = |kind| signal(kind).map_err(|error| Error::internal(format!("signals: {error}")));
        Ok(Self { terminate: heed(SignalKind::terminate())?, interrupt: heed(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
        }
    }

    /// Waits until the process is told to stop, or a store is lost, and returns why in that case. From then on the next
    /// signal, or the end of the time for it, ends the process at once.
    pub(crate) async fn told_or_lost(mut self, lost: impl Future<Output = Error>) -> Option<Error> {
        let reason = tokio::select! {
            _ = self.next() => None,
            error = lost => Some(error),
        };
        tokio::spawn(self.end_at_last());
        reason
    }

    async fn end_at_last(mut self) {
        let code = tokio::select! {
            kind = self.next() => {
                tracing::warn!("told again to stop: ends before all is answered");
                // As a shell reports what a signal ended.
                128 + kind.as_raw_value()
            }
            () = tokio::time::sleep(SHUTDOWN) => {
                tracing::warn!(seconds = SHUTDOWN.as_secs(), "takes too long to stop: ends before all is done");
                1
            }
        };
        log::finish();
        // What was answered is on disk.
        std::process::exit(code);
    }
}
