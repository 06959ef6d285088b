//! Removing what deleted accounts wrote: a job that goes on where it was broken off, in this process or in another.
//!
//! What is still to be done stands in the account's own lists, so nothing has to be remembered of how far it is. A
//! lease sees to it that of several processes one works; two at once would do no harm.

mod purge;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use purge::Removed;
pub(crate) use purge::{AccountPurge, left};

use crate::accounts::Administrator;
use crate::background::{Background, Ending};
use crate::epoch::Epoch;
use crate::repositories::identity::{IdentityStore, Step};
use crate::{AccountReference, Clock, Error, Id, Timestamp, Username};

/// For how long a lease holds, in milliseconds: longer than a page takes, and how long others wait for one who was
/// killed.
const LEASE: i64 = 5_000;
/// How long after a deletion messages may still come that began before it, in milliseconds: a read and a write, each
/// with its deadline.
const GRACE: i64 = 5_000;
/// How many pages of one account's things are removed before it is the next one's turn.
const TURN: usize = 8;
/// How soon a deletion is looked at again that another process works on.
const SOON: Duration = Duration::from_millis(500);
/// How often deletions are looked for that another process began, or that failed.
const OFTEN: Duration = Duration::from_secs(5);

/// How far the deletion of an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// The account.
    pub account: Id,
    /// Since when it is deleted.
    pub requested_at: Timestamp,
    /// How many things have been removed from its lists, messages, posts and others; less by a page for each time that it was broken off.
    pub removed: u64,
    pub(crate) leased_until: Timestamp,
    /// Since when nothing is left.
    pub finished_at: Option<Timestamp>,
}

/// All that can be done with deletions.
#[derive(Debug, Clone)]
pub struct Deletions {
    accounts: Arc<IdentityStore>,
    purge: AccountPurge,
    epoch: Epoch,
    clock: Clock,
}

/// What a turn came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Nothing is left.
    Finished,
    /// There is more.
    More,
    /// There is nothing, but something may still come; or another process works on it. Look again after so long.
    Later(Duration),
}

impl Deletions {
    pub(crate) fn new(accounts: Arc<IdentityStore>, purge: AccountPurge, epoch: Epoch, clock: Clock) -> Self {
        Self { accounts, purge, epoch, clock }
    }

    /// How far the deletion of an account is; `None` where it is not deleted.
    pub async fn get(&self, _: &Administrator, account: Id) -> Result<Option<Deletion>, Error> {
        self.accounts.deletion(account).await
    }

    /// Removes what a deleted account wrote, to its end; where another process does so, waits for that. Tells now and
    /// then how far it is. What breaks it off does no harm: anyone can go on with it.
    ///
    /// # Errors
    /// `NotFound` where the account is not deleted; where a store does not do its work.
    pub async fn finish(
        &self,
        _: &Administrator,
        account: Id,
        listener: &(dyn Fn(Deletion) + Sync),
    ) -> Result<Deletion, Error> {
        self.go_through(account, listener).await
    }

    /// Does a finished deletion again, which has been opened for that: first of all its fence.
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

    /// Works on each deletion that there is. Answers when to look again.
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

    /// Works on a deletion for a while.
    async fn turn(&self, account: Id) -> Result<Turn, Error> {
        let now = self.clock.now();
        let mut lease = now.plus_millis(LEASE);
        if !self.accounts.lease_deletion(account, now, lease).await? {
            return Ok(Turn::Later(SOON));
        }
        let worked = self.work(account, &mut lease).await;
        let finished_at = matches!(worked, Ok(Turn::Finished)).then(|| self.clock.now());
        // Free for others at once. Where that fails, it is in a moment.
        let end = Step { removed: 0, leased_until: Timestamp::from_millis(0), finished_at };
        let ended = self.accounts.step_deletion(account, lease, end).await;
        let turn = worked?;
        Ok(if ended? { turn } else { Turn::Later(SOON) })
    }

    async fn work(&self, account: Id, lease: &mut Timestamp) -> Result<Turn, Error> {
        let deletion = self.accounts.deletion(account).await?;
        let stored = self.accounts.account(&AccountReference::Id(account)).await?;
        let (Some(deletion), Some(stored)) = (deletion, stored) else {
            return Err(Error::internal(format!("the account {account} is deleted, but not there")));
        };
        let name = stored.account.profile.name;
        // Before anything is removed: what is found empty behind this stays so, however late a write comes.
        self.fence(&name).await?;
        for _ in 0..TURN {
            // Before looking: what is found empty then stays so.
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
            // Items of before, should they be restored, are told to be older.
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

/// Does something in a task of its own: whatever happens there, the lease is given back.
async fn apart<T: Send + 'static>(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<T, Error> {
    let mut task = JoinSet::new();
    task.spawn(work);
    let ended = task.join_next().await.ok_or_else(|| Error::internal("a task is gone"))?;
    ended.map_err(|error| Error::internal(error.to_string()))?
}

/// The task that works on deletions in the background.
#[derive(Debug)]
pub(crate) struct Removal;

impl Removal {
    pub(crate) fn start(background: &Background, deletions: Deletions) {
        background.start("the removal of deleted accounts", |ending| work(deletions, ending));
    }
}

/// Works until the end comes; then until the turn is over.
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
