//! Copies the public part of accounts from SQLite, where it changes, to DynamoDB, where it is read. Each change of an
//! account adds an entry to an outbox in the same transaction. The entry is removed once the profile is written. So
//! whatever fails in between, the profile eventually matches the account.

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
use item_store::retry::OUTAGE;

/// How often the outbox is checked for changes by other processes.
const OUTBOX_POLL_INTERVAL: Duration = Duration::from_secs(3);
/// The number of entries read at once.
const BATCH: usize = 128;
/// The number of profiles written concurrently.
const WIDTH: usize = 16;
/// The maximum interval between two epochs of a process.
const EPOCH: Duration = Duration::from_hours(1);
/// The minimum interval between two epochs that changes of accounts cause.
const EPOCH_OF_CHANGES: Duration = Duration::from_mins(1);

/// The background task that copies profiles.
#[derive(Debug)]
pub(crate) struct Projection {
    outbox: Outbox,
}

/// The outbox of an installation, and the store that its entries are copied to.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    identity: Arc<IdentityStore>,
    profiles: ProfileStore,
    epoch: Epoch,
    opened: Instant,
    /// Held while emptying the outbox, so that no work is done twice. Contains the time at which the epoch last
    /// advanced.
    turn: Arc<Mutex<Option<Instant>>>,
}

impl Projection {
    /// Starts the task, which begins with the entries already in the outbox.
    pub(crate) fn start(background: &Background, outbox: Outbox, randomness: Randomness) -> Self {
        background.start("the profiles", |ending| work(outbox.clone(), randomness, ending));
        Self { outbox }
    }

    /// Empties the outbox now. If that fails, the task retries later, in this process or the next.
    pub(crate) async fn flush(&self) {
        if let Err(error) = self.outbox.empty().await {
            tracing::debug!(%error, "profiles wait to be written");
        }
    }
}

impl Outbox {
    pub(crate) fn new(identity: Arc<IdentityStore>, profiles: ProfileStore, epoch: Epoch) -> Self {
        Self { identity, profiles, epoch, opened: Instant::now(), turn: Arc::default() }
    }

    /// Writes the profiles of all entries. Makes no request to DynamoDB if there are none.
    ///
    /// # Errors
    /// That of the first profile that was not written. The others are still tried, unless the store is unavailable.
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
                // Only this profile cannot be written.
                Some(error @ Error::Internal(_)) => failed = failed.or(Some(error)),
                Some(error) => return Err(error),
                None => {}
            }
        }
    }

    /// Writes profiles concurrently. Returns the entries that are done, and why others are not.
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
                // Keeps the most important error: that the store is unavailable.
                Err(error) if failure.is_none() || !matches!(error, Error::Internal(_)) => failure = Some(error),
                Err(_) => {}
            }
        }
    }
}

/// Runs until the end is signalled, then once more for the remaining entries.
async fn work(outbox: Outbox, randomness: Randomness, mut ending: Ending) {
    let mut failures = 0;
    loop {
        let is_last = ending.has_come();
        match outbox.empty().await {
            Ok(()) => {
                if failures > 0 {
                    tracing::info!("wrote the waiting profiles");
                }
                failures = 0;
                tokio::select! {
                    _ = tokio::time::timeout(OUTBOX_POLL_INTERVAL, outbox.identity.changed()) => {}
                    () = ending.comes() => {}
                }
            }
            Err(error) => {
                // Logged once per outage.
                if failures == 0 {
                    tracing::warn!(%error, "cannot write the profiles of changed accounts; retrying");
                }
                failures += 1;
                let [random] = randomness.bytes().unwrap_or([u8::MAX]);
                tokio::select! {
                    () = tokio::time::sleep(OUTAGE.random_pause(failures, random)) => {}
                    () = ending.comes() => {}
                }
            }
        }
        if is_last {
            return;
        }
    }
}
