use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::sealed::{INSTALLATION, sound};
use super::{IdentityStore, failure};
use crate::Error;

/// The installation that the accounts belong to, and its epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) installation: String,
    /// The items have at most this epoch.
    pub(crate) epoch: i64,
    /// The items have at least this epoch; 0 before they have any.
    pub(crate) settled: i64,
}

impl IdentityStore {
    /// Returns the mark, or `None` if the database has not been opened with its items yet.
    pub(crate) async fn mark(&self) -> Result<Option<Mark>, Error> {
        self.read(find).await
    }

    /// Stores a mark if there is none. Returns the mark that is stored then. Of two processes, only one stores its
    /// mark.
    pub(crate) async fn make_mark(&self, installation: String) -> Result<Mark, Error> {
        self.write(move |transaction| {
            if find(transaction).map_err(failure)?.is_none() {
                put(transaction, &Mark { installation, epoch: 1, settled: 0 }).map_err(failure)?;
            }
            find(transaction).map_err(failure)?.ok_or_else(|| Error::internal("the mark of identity.db is gone"))
        })
        .await
    }

    /// Begins the next epoch. Returns `None` if there is no mark.
    pub(crate) async fn advance_epoch(&self) -> Result<Option<Mark>, Error> {
        self.write(|transaction| {
            let Some(found) = find(transaction).map_err(failure)? else { return Ok(None) };
            let mark = Mark { epoch: found.epoch + 1, ..found };
            put(transaction, &mark).map_err(failure)?;
            Ok(Some(mark))
        })
        .await
    }

    /// Records that the items have this epoch or a later one.
    pub(crate) async fn settle_epoch(&self, epoch: i64) -> Result<(), Error> {
        self.write(move |transaction| {
            let Some(found) = find(transaction).map_err(failure)? else { return Ok(()) };
            let settled = found.settled.max(epoch);
            put(transaction, &Mark { settled, ..found }).map_err(failure)
        })
        .await
    }

    /// Replaces the mark.
    pub(crate) async fn set_mark(&self, mark: Mark) -> Result<(), Error> {
        self.write(move |transaction| put(transaction, &mark).map_err(failure)).await
    }
}

fn find(connection: &Connection) -> rusqlite::Result<Option<Mark>> {
    let mark = |row: &rusqlite::Row<'_>| {
        sound(row, "the mark of the installation")?;
        Ok(Mark { installation: row.get("id")?, epoch: row.get("epoch")?, settled: row.get("settled")? })
    };
    connection.prepare_cached(&INSTALLATION.select("WHERE only = 1"))?.query_row([], mark).optional()
}

fn put(transaction: &Transaction<'_>, mark: &Mark) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO installation (only, id, epoch, settled) VALUES (1, ?1, ?2, ?3)
         ON CONFLICT (only) DO UPDATE SET id = ?1, epoch = ?2, settled = ?3",
        params![mark.installation, mark.epoch, mark.settled],
    )?;
    INSTALLATION.close(transaction, "only = 1", [])
}
