//! Removes the content of deleted accounts, in a job that any process can resume after an interruption.
//!
//! The account's own lists show what is left, so no progress has to be stored. A lease ensures that only one process
//! works on a deletion; two at once would do no harm.

mod purge;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

pub use crate::model::deletion::Deletion;
use purge::Removed;
pub(crate) use purge::{AccountPurge, left};

use crate::accounts::Administrator;
use crate::background::{Background, Ending};
use crate::epoch::Epoch;
use crate::repositories::identity::{IdentityStore, Step};
use crate::{AccountReference, Clock, Error, Id, Timestamp, Username};

/// Lifetime of a lease in milliseconds. Longer than a page takes. Others wait this long for a process that was
/// killed.
const LEASE: i64 = 5_000;
/// How long after a deletion messages may still arrive whose requests began before it, in milliseconds: a read and a
/// write, each with its deadline.
const GRACE: i64 = 5_000;
/// Number of pages that are removed for one account before it is the turn of the next one.
const TURN: usize = 8;
/// Pause before a deletion is checked again that another process works on.
const SOON: Duration = Duration::from_millis(500);
/// Interval of checks for deletions that another process began or that failed.
const OFTEN: Duration = Duration::from_secs(5);

/// The operations on deletions.
#[derive(Debug, Clone)]
pub struct Deletions {
    accounts: Arc<IdentityStore>,
    purge: AccountPurge,
    epoch: Epoch,
    clock: Clock,
}

/// The result of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Nothing is left.
    Finished,
    /// There is more.
    More,
    /// Nothing is left, but more may still arrive; or another process works on it. Check again after this time.
    Later(Duration),
}

impl Deletions {
    pub(crate) fn new(accounts: Arc<IdentityStore>, purge: AccountPurge, epoch: Epoch, clock: Clock) -> Self {
        Self { accounts, purge, epoch, clock }
    }

    /// Returns the progress of a deletion, or `None` if the account is not deleted.
    pub async fn get(&self, _: &Administrator, account: Id) -> Result<Option<Deletion>, Error> {
        self.accounts.deletion(account).await
    }

    /// Removes everything that a deleted account wrote. If another process does so, waits for that. Reports the
    /// progress to the listener now and then. Can be interrupted at any point and resumed by any process.
    ///
    /// # Errors
    /// `NotFound` if the account is not deleted. Errors of the stores.
    pub async fn finish(
        &self,
        _: &Administrator,
        account: Id,
        listener: &(dyn Fn(Deletion) + Sync),
    ) -> Result<Deletion, Error> {
        self.go_through(account, listener).await
    }

    /// Repeats a finished deletion that was reopened, starting with the fence.
    pub(crate) async fn redo(&self, account: Id) -> Result<(), Error> {
        let stored = self.accounts.account(&AccountReference::Id(account)).await?;
        if let Some(stored) = stored {
            self.purge.unfence(&stored.account.profile.name).await?;
        }
        self.go_through(account, &|_| {}).await.map(drop)
    }

    async fn go_through(&self, account: Id, listener: &(dyn Fn(Deletion) + Sync)) -> Result<Deletion, Error> {
        loop {
            let turn = self.turn(account).await?;
            let deletion = self.accounts.deletion(account).await?;
            let deletion = deletion.ok_or_else(|| Error::NotFound(format!("the account {account} is not deleted")))?;
            listener(deletion);
            if deletion.finished_at.is_some() {
                return Ok(deletion);
            }
            if let Turn::Later(soon) = turn {
                tokio::time::sleep(soon).await;
            }
        }
    }

    /// Does a turn on each unfinished deletion. Returns the pause before the next round.
    async fn round(&self) -> Result<Duration, Error> {
        let mut pause = OFTEN;
        for account in self.accounts.unfinished_deletions().await? {
            match self.turn(account).await {
                Ok(Turn::Finished) => tracing::info!(%account, "removed what a deleted account wrote"),
                Ok(Turn::More) => pause = Duration::ZERO,
                Ok(Turn::Later(soon)) => pause = pause.min(soon),
                Err(error) => tracing::warn!(%error, %account, "cannot remove what a deleted account wrote"),
            }
        }
        Ok(pause)
    }

    /// Does a turn on a deletion under a lease.
    async fn turn(&self, account: Id) -> Result<Turn, Error> {
        let now = self.clock.now();
        let mut lease = now.plus_millis(LEASE);
        if !self.accounts.lease_deletion(account, now, lease).await? {
            return Ok(Turn::Later(SOON));
        }
        let worked = self.work(account, &mut lease).await;
        let finished_at = matches!(worked, Ok(Turn::Finished)).then(|| self.clock.now());
        // Releases the lease for others at once. If that fails, it expires soon.
        let end = Step { removed: 0, leased_until: Timestamp::from_millis(0), finished_at };
        let ended = self.accounts.step_deletion(account, lease, end).await;
        let turn = worked?;
        Ok(if ended? { turn } else { Turn::Later(SOON) })
    }

    async fn work(&self, account: Id, lease: &mut Timestamp) -> Result<Turn, Error> {
        let deletion = self.accounts.deletion(account).await?;
        let stored = self.accounts.account(&AccountReference::Id(account)).await?;
        let (Some(deletion), Some(stored)) = (deletion, stored) else {
            return Err(Error::internal(format!("the account {account} is deleted, but has no row")));
        };
        let name = stored.account.profile.name;
        // Fence the account before anything is removed: a list that is found empty after this stays empty, however
        // late a write arrives.
        self.fence(&name).await?;
        for _ in 0..TURN {
            // Taken before the page is read: what is found empty after the grace period stays empty.
            let early = deletion.requested_at.plus_millis(GRACE).millis() - self.clock.now().millis();
            let removed = self.page(&name).await?;
            if removed.nothing_left {
                let rest = u64::try_from(early).unwrap_or_default();
                return Ok(if rest == 0 { Turn::Finished } else { Turn::Later(Duration::from_millis(rest)) });
            }
            let leased_until = self.clock.now().plus_millis(LEASE);
            let step = Step { removed: removed.things, leased_until, finished_at: None };
            if !self.accounts.step_deletion(account, *lease, step).await? {
                return Ok(Turn::Later(SOON));
            }
            *lease = leased_until;
        }
        Ok(Turn::More)
    }

    async fn fence(&self, name: &Username) -> Result<(), Error> {
        let (purge, epoch, name) = (self.purge.clone(), self.epoch.clone(), name.clone());
        apart(async move {
            if purge.is_fenced(&name).await? {
                return Ok(());
            }
            // With a new epoch, items restored from before the deletion are recognized as older.
            epoch.advance().await?;
            purge.fence(&name).await
        })
        .await
    }

    async fn page(&self, name: &Username) -> Result<Removed, Error> {
        let (purge, name) = (self.purge.clone(), name.clone());
        apart(async move { purge.remove_some(&name).await }).await
    }
}

/// Runs work in a task of its own, so that the lease is released even if it panics.
async fn apart<T: Send + 'static>(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<T, Error> {
    let mut task = JoinSet::new();
    task.spawn(work);
    let ended = task.join_next().await.ok_or_else(|| Error::internal("a task did not run"))?;
    ended.map_err(|error| Error::internal(error.to_string()))?
}

/// The background task that works on deletions.
#[derive(Debug)]
pub(crate) struct Removal;

impl Removal {
    pub(crate) fn start(background: &Background, deletions: Deletions) {
        background.start("the removal of deleted accounts", |ending| work(deletions, ending));
    }
}

/// Works until shutdown, and finishes the current round.
async fn work(deletions: Deletions, mut ending: Ending) {
    while !ending.has_come() {
        let pause = deletions.round().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot look for deleted accounts");
            OFTEN
        });
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = deletions.accounts.deletion_begun().notified() => {}
            () = ending.comes() => {}
        }
    }
}
