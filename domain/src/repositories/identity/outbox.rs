use rusqlite::params;

use super::find::find;
use super::sealed::{OUTBOX, damaged};
use super::{IdentityStore, failure};
use crate::model::account::Account;
use crate::{AccountReference, Error, Id};

/// An account whose profile in DynamoDB may be outdated.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// The account as it is now.
    pub(crate) account: Account,
    /// The profile version of the outbox entry.
    pub(crate) version: i64,
}

impl IdentityStore {
    /// Waits until this process adds an entry to the outbox.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Returns the accounts in the outbox after the given id, in the order of ids.
    pub(crate) async fn waiting(&self, after: Option<Id>, count: usize) -> Result<Vec<Waiting>, Error> {
        let after = after.map_or(0, Id::number);
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let query = OUTBOX.select("WHERE account_id > ?1 ORDER BY account_id LIMIT ?2");
            let mut statement = connection.prepare_cached(&query)?;
            let mut rows = statement.query(params![after, count])?;
            let mut waiting = Vec::new();
            while let Some(row) = rows.next()? {
                let sound: bool = row.get("sound")?;
                let id = Id::new(row.get("account_id")?).filter(|_| sound).ok_or_else(|| damaged("the outbox"))?;
                let found = find(connection, &AccountReference::Id(id))?.ok_or_else(|| damaged("the outbox"))?;
                waiting.push(Waiting { account: found.account, version: row.get("version")? });
            }
            Ok(waiting)
        })
        .await
    }

    /// Deletes entries that still have these versions. If an account was changed meanwhile, its entry has a newer
    /// version.
    pub(crate) async fn settle(&self, written: Vec<(Id, i64)>) -> Result<(), Error> {
        self.write(move |transaction| {
            let delete = "DELETE FROM outbox WHERE account_id = ?1 AND version = ?2";
            let mut statement = transaction.prepare_cached(delete).map_err(failure)?;
            for (id, version) in written {
                statement.execute((id.number(), version)).map_err(failure)?;
            }
            Ok(())
        })
        .await
    }

    /// Returns the number of accounts in the outbox.
    pub(crate) async fn count_waiting(&self) -> Result<u64, Error> {
        self.read(|connection| connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))).await
    }

    /// Returns whether an account is in the outbox.
    pub(crate) async fn is_waiting(&self, id: Id) -> Result<bool, Error> {
        self.read(move |connection| {
            let exists = "SELECT EXISTS (SELECT 1 FROM outbox WHERE account_id = ?1)";
            connection.query_row(exists, (id.number(),), |row| row.get(0))
        })
        .await
    }
}
