//! Accounts and credentials, in SQLite: `identity.db`. Apart from the embedded engine, the only module with SQL.

mod accounts;
mod app_passwords;
mod authority;
mod delegates;
mod deletions;
mod events;
mod find;
mod idempotency;
mod installation;
mod names;
mod outbox;
mod reader;
mod sealed;
mod sessions;
mod signing_keys;

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::Notify;

pub(crate) use accounts::{AccountChange, NewAccount, StoredAccount};
pub(crate) use app_passwords::{Added, Holder};
pub(crate) use delegates::Granted;
pub(crate) use deletions::Step;
pub(crate) use idempotency::Remembered;
pub(crate) use installation::Mark;
pub(crate) use names::SummariesByName;
pub(crate) use outbox::Waiting;
pub(crate) use sessions::{Presented, StoredSession};

use reader::Memory;

use crate::Error;
use item_store::api::StoreError;
use item_store::sqlite::disk::{Disk, PROBES};
use item_store::sqlite::{self, CachedReader, Kind};
use item_store::workers::Workers;

/// "twid" in ASCII.
const KIND: Kind =
    Kind { application: 0x7477_6964, name: "an identity database of twclone", steps: twclone_schema::IDENTITY };
/// Maximum number of calls that wait for a connection.
const QUEUE: usize = 1_024;

/// The identity database. Several processes may open it.
#[derive(Debug)]
pub(crate) struct IdentityStore {
    readers: Workers<CachedReader<Memory>>,
    // Dropped after the readers, so that the final close checkpoints the WAL and removes it.
    writer: Workers<Connection>,
    disk: Disk,
    /// Notified when an entry is added to the outbox.
    changed: Notify,
    /// Notified when a deletion begins.
    deletion_begun: Notify,
}

impl IdentityStore {
    /// Opens the database. Creates it if it is missing, and migrates it to the current schema. Blocks.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let writer = sqlite::writer(path, KIND)?;
        let readers = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let readers =
            (0..readers).map(|_| Ok(CachedReader::new(sqlite::reader(path)?))).collect::<Result<_, StoreError>>()?;
        let disk = Disk::of(path)?;
        Ok(Self {
            readers: Workers::start("identity-reader", readers, QUEUE)?,
            writer: Workers::start("identity-writer", vec![writer], QUEUE)?,
            disk,
            changed: Notify::new(),
            deletion_begun: Notify::new(),
        })
    }

    /// Returns the schema version of a file, and the version that it is migrated to when it is opened. Blocks.
    pub(crate) fn versions(path: &Path) -> Result<(usize, usize), Error> {
        Ok((sqlite::found_version(path)?, KIND.steps.len()))
    }

    /// Succeeds if the database responds and, as far as is known, accepts writes.
    pub(crate) async fn ping(&self) -> Result<(), Error> {
        self.disk.check()?;
        if !self.writer.are_running() || !self.readers.are_running() {
            return Err(Error::Unavailable("a thread of the identity store has ended; restart".to_owned()));
        }
        if self.disk.is_full() {
            for _ in 0..PROBES {
                self.write(|transaction| sqlite::probe(transaction).map_err(failure)).await?;
            }
        }
        let disk = self.disk.clone();
        self.look(move |reader| {
            disk.confirm()?;
            reader.connection().query_row("SELECT 1", [], |_| Ok(())).map_err(failure)
        })
        .await?
    }

    /// Waits until a file of the database is no longer where it was opened, and returns the error.
    pub(crate) async fn lost(&self) -> Error {
        self.disk.lost().await.into()
    }

    /// Returns the damage in the file, one line each. Reads all of it.
    pub(crate) async fn check(&self) -> Result<Vec<String>, Error> {
        self.read(faults).await
    }

    /// Returns the damage in a copy of a database. Writes nothing to it. Blocks.
    pub(crate) fn check_copy(path: &Path) -> Result<Vec<String>, Error> {
        let (copy, version) = sqlite::snapshot::open_copy(path, KIND)?;
        // Older versions have other columns, which are only migrated when the database is opened.
        let found = if version == KIND.steps.len() { faults(&copy) } else { sqlite::integrity(&copy) };
        found.map_err(failure)
    }

    /// Returns the migrated schema as SQLite shows it, for comparison with the snapshot in the repository.
    pub(crate) async fn schema(&self) -> Result<String, Error> {
        self.read(|connection| {
            connection
                .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")?
                .query_map([], |row| row.get::<_, String>(0))?
                .map(|sql| sql.map(|sql| sql + ";\n"))
                .collect()
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.look(move |reader| read(reader.connection())).await?.map_err(failure)
    }

    /// Reads through a connection's cache.
    async fn recall<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection, &mut Memory) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.look(move |reader| reader.read(|connection, memory, _| read(connection, memory)))
            .await?
            .flatten()
            .map_err(failure)
    }

    /// Uses a connection. Fails if the file is no longer where it was opened.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut CachedReader<Memory>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.disk.readable()?;
        Ok(self.readers.run(look).await?)
    }

    /// Runs in one `IMMEDIATE` transaction, which is on disk when this returns. `Err` rolls back. After a failed
    /// fsync, or if the file is no longer where it was opened, all later writes fail.
    async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let disk = self.disk.clone();
        self.writer
            .run(move |connection| {
                disk.check()?;
                let answer = transact(connection, write);
                // Checked after the commit: what is in these files now is there after a restart.
                disk.confirm()?;
                match &answer {
                    Ok(_) => disk.saw(None),
                    Err(Error::DiskFull) => disk.saw(Some(&StoreError::DiskFull)),
                    Err(Error::DiskFailed) => disk.saw(Some(&StoreError::DiskFailed)),
                    Err(_) => {}
                }
                answer
            })
            .await?
    }
}

/// Returns the damage in the file, one line each. Reads all of it.
fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut faults = sqlite::integrity(connection)?;
    faults.extend(sealed::faults(connection)?);
    connection.pragma_query(None, "foreign_key_check", |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        faults.push(format!("a row of {table} refers to a row of {parent} that does not exist"));
        Ok(())
    })?;
    Ok(faults)
}

fn transact<T>(
    connection: &mut Connection,
    write: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
    let answer = write(&transaction)?;
    transaction.commit().map_err(failure)?;
    Ok(answer)
}

fn failure(error: rusqlite::Error) -> Error {
    sqlite::failure(error).into()
}
