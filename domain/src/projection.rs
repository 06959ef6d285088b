//! Brings what everyone may see of accounts from SQLite, where it is changed, to DynamoDB, where it is read. Each change
//! of an account puts an entry into an outbox, in the same transaction; the entry is taken off when the profile is
//! written. So whatever fails between the two, the profile comes to be as the account is.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::background::{Background, Ending};
use crate::epoch::Epoch;
use crate::repositories::identity::{IdentityStore, Waiting};
use crate::repositories::profiles::ProfileStore;
use crate::{Error, Id, Randomness};

/// How often the outbox is looked at where this process changes nothing: another may have.
const OUTBOX_POLL_INTERVAL: Duration = Duration::from_secs(3);
/// How many entries are taken off at once.
const BATCH: usize = 128;
/// How many profiles are written side by side.
const WIDTH: usize = 16;
/// How often the epoch advances at least, where a process runs for so long.
const EPOCH: Duration = Duration::from_hours(1);
/// How often it does so at most for changes of accounts.
const EPOCH_OF_CHANGES: Duration = Duration::from_mins(1);
/// How long the first pause after a failure is, in milliseconds.
const PAUSE: u64 = 250;
/// How often it is doubled.
const DOUBLINGS: u32 = 7;

/// The task that does it.
#[derive(Debug)]
pub(crate) struct Projection {
    outbox: Outbox,
}

/// The outbox of an installation, and where it is emptied to.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    identity: Arc<IdentityStore>,
    profiles: ProfileStore,
    epoch: Epoch,
    opened: Instant,
    /// Whose turn it is to empty it: two at once would do the work twice. When the epoch was advanced last.
    turn: Arc<Mutex<Option<Instant>>>,
}

impl Projection {
    /// Starts with what waits already.
    pub(crate) fn start(background: &Background, outbox: Outbox, randomness: Randomness) -> Self {
        background.start("the profiles", |ending| work(outbox.clone(), randomness, ending));
        Self { outbox }
    }

    /// Back when what waits has been brought, or cannot be just now: then the next process brings it.
    pub(crate) async fn flush(&self) {
        if let Err(error) = self.outbox.empty().await {
            tracing::debug!(%error, "profiles wait");
        }
    }
}

impl Outbox {
    pub(crate) fn new(identity: Arc<IdentityStore>, profiles: ProfileStore, epoch: Epoch) -> Self {
        Self { identity, profiles, epoch, opened: Instant::now(), turn: Arc::default() }
    }

    /// Brings all that waits. Asks DynamoDB for nothing where nothing does.
    ///
    /// # Errors
    /// Of the first profile that was not brought. Those behind it are tried too, unless the store is away.
    pub(crate) async fn empty(&self) -> Result<(), Error> {
        let mut advanced = self.turn.lock().await;
        let brought = self.bring_all(&mut advanced).await;
        // An older copy of either store is told from what is there now.
        if advanced.unwrap_or(self.opened).elapsed() >= EPOCH {
            self.advance(&mut advanced).await?;
        }
        brought
    }

    async fn advance(&self, advanced: &mut Option<Instant>) -> Result<(), Error> {
        self.epoch.advance().await?;
        *advanced = Some(Instant::now());
        Ok(())
    }

    async fn bring_all(&self, advanced: &mut Option<Instant>) -> Result<(), Error> {
        let (mut after, mut failed) = (None, None);
        loop {
            let waiting = self.identity.waiting(after, BATCH).await?;
            let Some(last) = waiting.last() else { return failed.map_or(Ok(()), Err) };
            after = Some(last.account.id);
            let (written, failure) = self.bring(waiting).await;
            if !written.is_empty() {
                self.identity.settle(written).await?;
                if advanced.is_none_or(|last| last.elapsed() >= EPOCH_OF_CHANGES) {
                    self.advance(advanced).await?;
                }
            }
            match failure {
                // This one alone cannot be brought.
                Some(error @ Error::Internal(_)) => failed = failed.or(Some(error)),
                Some(error) => return Err(error),
                None => {}
            }
        }
    }

    /// Writes profiles side by side. Answers the entries that are done with, and why others are not.
    async fn bring(&self, waiting: Vec<Waiting>) -> (Vec<(Id, i64)>, Option<Error>) {
        let (mut written, mut failure) = (Vec::with_capacity(waiting.len()), None);
        let mut waiting = waiting.into_iter();
        let mut tasks = JoinSet::new();
        loop {
            while failure.is_none()
                && tasks.len() < WIDTH
                && let Some(Waiting { account, version }) = waiting.next()
            {
                let profiles = self.profiles.clone();
                tasks.spawn(async move { profiles.write(&account).await.map(|()| (account.id, version)) });
            }
            let Some(ended) = tasks.join_next().await else { return (written, failure) };
            match ended.map_err(|error| Error::internal(error.to_string())).flatten() {
                Ok(entry) => written.push(entry),
                // What tells most stands: that the store is away.
                Err(error) if failure.is_none() || !matches!(error, Error::Internal(_)) => failure = Some(error),
                Err(_) => {}
            }
        }
    }
}

/// Works until the end comes; then once more, for what waits.
async fn work(outbox: Outbox, randomness: Randomness, mut ending: Ending) {
    let mut failures = 0;
    loop {
        let is_last = ending.has_come();
        match outbox.empty().await {
            Ok(()) => {
                if failures > 0 {
                    tracing::info!("the profiles that waited have been written");
                }
                failures = 0;
                tokio::select! {
                    _ = tokio::time::timeout(OUTBOX_POLL_INTERVAL, outbox.identity.changed()) => {}
                    () = ending.comes() => {}
                }
            }
            Err(error) => {
                // Once, however long it lasts.
                if failures == 0 {
                    tracing::warn!(%error, "cannot write the profiles of accounts that changed; trying on");
                }
                failures += 1;
                tokio::select! {
                    () = tokio::time::sleep(pause(failures, &randomness)) => {}
                    () = ending.comes() => {}
                }
            }
        }
        if is_last {
            return;
        }
    }
}

/// Longer each time, up to half a minute, and by chance up to half as long: not all processes at once.
fn pause(failures: u32, randomness: &Randomness) -> Duration {
    let most = PAUSE << failures.min(DOUBLINGS);
    let chance = randomness.bytes().map_or(0, u64::from_le_bytes);
    Duration::from_millis(most - chance % (most / 2))
}
