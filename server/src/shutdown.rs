//! Shutdown of a process, after a signal or the loss of a store. It has a time limit.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use twclone_domain::Error;

use crate::log;

/// Time limit of a shutdown, from the signal to the end of the process: 6 s to leave the registry and wait until
/// gateways notice, 21 s to respond to accepted requests (`edge::http_server`), and 3 s to end the background tasks.
/// `docs/operating.md` states the limit, and `TimeoutStopSec` in `deploy/systemd/` is longer.
const SHUTDOWN: Duration = Duration::from_secs(30);

/// The signals that stop the process. They are caught once this value has been created.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn listen() -> Result<Self, Error> {
        let listen = |kind| signal(kind).map_err(|error| Error::internal(format!("signals: {error}")));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
        }
    }

    /// Waits for a signal or the loss of a store, and returns the error in the latter case. After that, another
    /// signal or the end of the time limit ends the process at once.
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
                tracing::warn!("second signal: stopping with unanswered requests");
                // The exit code that shells report for a process that a signal ended.
                128 + kind.as_raw_value()
            }
            () = tokio::time::sleep(SHUTDOWN) => {
                tracing::warn!(seconds = SHUTDOWN.as_secs(), "shutdown timeout: stopping with unfinished work");
                1
            }
        };
        log::finish();
        // Nothing is lost: acknowledged writes are on disk.
        std::process::exit(code);
    }
}
