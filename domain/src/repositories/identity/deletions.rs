use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use tokio::sync::Notify;

use super::accounts::end_all;
use super::find::id;
use super::sealed::{DELETIONS, sound};
use super::{IdentityStore, failure};
use crate::model::authority::Authority;
use crate::model::deletion::Deletion;
use crate::model::event::Event;
use crate::{Error, Id, Timestamp};

/// Replaces the e-mail address of a deleted account. RFC 2606 reserves the domain, so it belongs to no one.
const NO_EMAIL: &str = "deleted@account.invalid";
/// Maximum number of unfinished deletions that are returned at once.
const MOST: u32 = 100;

/// The progress of a deletion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// Number of messages removed since the last step.
    pub(crate) removed: u64,
    /// The time until which no other process works on it.
    pub(crate) leased_until: Timestamp,
    /// The time at which the deletion was finished, if it is.
    pub(crate) finished_at: Option<Timestamp>,
}

impl IdentityStore {
    /// Deletes an account. Its name stays taken. Its events and idempotency keys stay until they expire. Other data of
    /// the account is removed here, and what it wrote in DynamoDB is to be removed from now on.
    pub(crate) async fn begin_deletion(&self, authority: Authority, now: Timestamp, event: Event) -> Result<(), Error> {
        self.change(authority, event, move |transaction, id| {
            let number = id.number();
            transaction.execute(
                "UPDATE accounts SET state = 'deleted', email = ?2, full_name = NULL, biography = NULL, \
                 password_hash = NULL, role = 'user' WHERE id = ?1",
                params![number, NO_EMAIL],
            )?;
            end_all(transaction, id)?;
            transaction.execute("DELETE FROM app_passwords WHERE account_id = ?1", (number,))?;
            transaction.execute("DELETE FROM delegates WHERE ?1 IN (account_id, delegate_id)", (number,))?;
            transaction.execute(
                "INSERT OR IGNORE INTO deletions (account_id, requested_at) VALUES (?1, ?2)",
                (number, now.millis()),
            )?;
            DELETIONS.close(transaction, "account_id = ?1", (number,))
        })
        .await?;
        self.deletion_begun.notify_one();
        Ok(())
    }

    /// Notified of each deletion that begins in this process.
    pub(crate) fn deletion_begun(&self) -> &Notify {
        &self.deletion_begun
    }

    /// Returns the progress of an account's deletion, if one was requested.
    pub(crate) async fn deletion(&self, account: Id) -> Result<Option<Deletion>, Error> {
        self.read(move |connection| find(connection, account)).await
    }

    /// Returns the deleted accounts whose deletion is unfinished, those that have waited longest first.
    pub(crate) async fn unfinished_deletions(&self) -> Result<Vec<Id>, Error> {
        self.read(|connection| {
            connection
                .prepare_cached(&DELETIONS.select("WHERE finished_at IS NULL ORDER BY leased_until LIMIT ?1"))?
                .query_map((MOST,), |row| deletion(row).map(|deletion| deletion.account))?
                .collect()
        })
        .await
    }

    /// Returns the accounts whose deletion is finished after one of them, by id.
    pub(crate) async fn finished_deletions(&self, after: Option<Id>, count: u32) -> Result<Vec<Id>, Error> {
        self.read(move |connection| {
            let after = after.map_or(i64::MIN, Id::number);
            connection
                .prepare_cached(
                    &DELETIONS.select("WHERE finished_at IS NOT NULL AND account_id > ?1 ORDER BY account_id LIMIT ?2"),
                )?
                .query_map((after, count), |row| deletion(row).map(|deletion| deletion.account))?
                .collect()
        })
        .await
    }

    /// Reopens a finished deletion, so that it is done again.
    pub(crate) async fn reopen_deletion(&self, account: Id) -> Result<(), Error> {
        let reopened = Step { removed: 0, leased_until: Timestamp::from_millis(0), finished_at: None };
        self.step(account, reopened, |_| true).await?;
        self.deletion_begun.notify_one();
        Ok(())
    }

    /// Takes the lease on a deletion, if no other process has it. If one process paused for too long and a second
    /// took the lease, only the second can store its progress, because no two leases end at the same time.
    pub(crate) async fn lease_deletion(&self, account: Id, now: Timestamp, until: Timestamp) -> Result<bool, Error> {
        self.step(account, Step { removed: 0, leased_until: until, finished_at: None }, move |found| {
            // A lease that ends later than any that is taken now was set by a wrong clock.
            found.finished_at.is_none() && !(now < found.leased_until && found.leased_until <= until)
        })
        .await
    }

    /// Stores progress under a lease. Returns `false` if another process has the lease now.
    pub(crate) async fn step_deletion(&self, account: Id, lease: Timestamp, step: Step) -> Result<bool, Error> {
        self.step(account, step, move |found| found.finished_at.is_none() && found.leased_until == lease).await
    }

    async fn step(
        &self,
        account: Id,
        step: Step,
        may: impl FnOnce(&Deletion) -> bool + Send + 'static,
    ) -> Result<bool, Error> {
        self.write(move |transaction| {
            let found = find(transaction, account).map_err(failure)?;
            let Some(found) = found.filter(may) else { return Ok(false) };
            put(transaction, &found, step).map(|()| true).map_err(failure)
        })
        .await
    }
}

fn find(connection: &Connection, account: Id) -> rusqlite::Result<Option<Deletion>> {
    let query = DELETIONS.select("WHERE account_id = ?1");
    connection.prepare_cached(&query)?.query_row((account.number(),), deletion).optional()
}

fn deletion(row: &Row<'_>) -> rusqlite::Result<Deletion> {
    sound(row, "a deletion")?;
    Ok(Deletion {
        account: id(row, "account_id")?,
        requested_at: Timestamp::from_millis(row.get("requested_at")?),
        removed: row.get("removed")?,
        leased_until: Timestamp::from_millis(row.get("leased_until")?),
        finished_at: row.get::<_, Option<i64>>("finished_at")?.map(Timestamp::from_millis),
    })
}

fn put(transaction: &Transaction<'_>, found: &Deletion, step: Step) -> rusqlite::Result<()> {
    let number = found.account.number();
    transaction.execute(
        "UPDATE deletions SET removed = ?2, leased_until = ?3, finished_at = ?4 WHERE account_id = ?1",
        params![
            number,
            found.removed + step.removed,
            step.leased_until.millis(),
            step.finished_at.map(Timestamp::millis)
        ],
    )?;
    DELETIONS.close(transaction, "account_id = ?1", (number,))
}
