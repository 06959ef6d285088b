//! The embedded engine: DynamoDB's data model on SQLite, in one file, for one machine and any number of its
//! processes.
//!
//! One thread writes. It runs all waiting writes in one transaction, commits them with one fsync, and only then
//! returns their results (group commit). Another thread checkpoints the WAL. A few threads read, each from its own
//! snapshot.

mod calls;
mod check;
mod checkpointer;
mod codec;
mod gaps;
mod read;
mod reader;
mod scan;
mod sweep;
mod write;
mod writer;

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use rusqlite::Connection;

use self::calls::Names;
use self::checkpointer::Checkpointer;
use self::reader::{Reader, Snapshot};
use self::writer::{Job, Writer};
use super::api::{
    Action, Effect, Engine, Examination, Item, Key, Query, QueryPage, Refer, Referred, Reply, ScanPage, StoreError,
    Table, TableStatus, Write,
};
use super::sqlite::{self, Kind, Migration};
use crate::client::{Layout, UnixSeconds};
use crate::sqlite::disk::{Disk, PROBES};
use crate::workers::Workers;

/// Marks the files. The tables are created separately, because their names have a prefix.
const KIND: Kind =
    Kind { application: 0x7477_6974, name: "a database of items", steps: &[Migration { name: "0001", sql: "" }] };
/// Length of the WAL, in pages of 4 KB, at which the writer thread checkpoints by itself because the checkpointer
/// thread falls behind.
const LOG_PAGES: u32 = 24_000;
/// The writer's page cache, in KiB, which SQLite marks by the minus sign.
const CACHE: i32 = -16_000;
/// Maximum number of reads that wait for a connection.
const QUEUE: usize = 1_024;

/// The engine.
#[derive(Debug)]
pub(super) struct EmbeddedEngine {
    names: Arc<Names>,
    readers: Workers<Reader>,
    // Dropped after the readers, so that the final close checkpoints the WAL and removes it.
    writer: Writer,
    disk: Disk,
}

impl EmbeddedEngine {
    /// Opens the file, and creates it if it is missing.
    ///
    /// # Errors
    /// `Unavailable` if it cannot be opened, is a file of another kind, or is from a newer release.
    pub(super) fn open(path: &Path, layout: Layout<'_>, now: UnixSeconds) -> Result<Self, StoreError> {
        let names = Arc::new(Names::new(layout)?);
        let connection = sqlite::writer(path, KIND)?;
        let tuned = connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES);
        tuned.and_then(|()| connection.pragma_update(None, "cache_size", CACHE)).map_err(sqlite::failure)?;
        let readers = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let readers = (0..readers).map(|_| sqlite::reader(path).map(Reader::new)).collect::<Result<_, _>>()?;
        let readers = Workers::start("items-reader", readers, QUEUE)?;
        let disk = Disk::of(path)?;
        let checkpointer = Checkpointer::start(path, disk.clone())?;
        let writer = Writer::start(connection, Arc::clone(&names), now, disk.clone(), checkpointer)?;
        Ok(Self { names, readers, writer, disk })
    }

    /// Returns the version of a file, and the current version.
    pub(super) fn versions(path: &Path) -> Result<(usize, usize), StoreError> {
        Ok((sqlite::found_version(path)?, KIND.steps.len()))
    }

    /// Returns the damage in a copy of such a file, one line each. Reads all of it, and writes nothing.
    pub(super) fn check_copy(path: &Path, layout: Layout<'_>) -> Result<Vec<String>, StoreError> {
        let (copy, _) = sqlite::snapshot::open_copy(path, KIND)?;
        Ok(check::check(&copy, &Names::new(layout)?)?.faults)
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Snapshot<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Reply<'_, T> {
        let names = Arc::clone(&self.names);
        Box::pin(async move {
            self.disk.readable()?;
            self.readers.run(move |connection| reader::read(connection, &names, read)).await?
        })
    }

    /// Reads from the file, without the cache.
    fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection, &Names) -> Result<T, StoreError> + Send + 'static,
    ) -> Reply<'_, T> {
        let names = Arc::clone(&self.names);
        Box::pin(async move {
            self.disk.readable()?;
            self.readers.run(move |reader| look(reader.connection(), &names)).await?
        })
    }
}

impl Engine for EmbeddedEngine {
    fn get(&self, table: Table, key: Key) -> Reply<'_, Option<Arc<Item>>> {
        self.read(move |snapshot| snapshot.get(table, key))
    }

    fn batch_get(&self, keys: Vec<(Table, Key)>) -> Reply<'_, Vec<(Table, Arc<Item>)>> {
        self.read(move |snapshot| snapshot.batch_get(keys))
    }

    fn query(&self, query: Query) -> Reply<'_, QueryPage> {
        self.read(move |snapshot| snapshot.query(query))
    }

    fn salvage(&self, query: Query) -> Reply<'_, (QueryPage, Vec<String>)> {
        self.look(move |connection, names| read::salvage(connection, names, &query))
    }

    fn query_and_get(&self, queries: Vec<Query>, refer: Refer) -> Reply<'_, Referred> {
        self.read(move |snapshot| snapshot.query_and_get(queries, refer))
    }

    fn scan(&self, table: Table, after: Option<Key>, limit: u32) -> Reply<'_, ScanPage> {
        self.look(move |connection, names| scan::scan(connection, names, table, after.as_ref(), limit))
    }

    fn transact(&self, actions: Vec<Action>) -> Reply<'_, ()> {
        Box::pin(async move {
            let prepared = actions.into_iter().map(|action| write::prepare(&self.names, action));
            self.writer.run(Job::Transact(prepared.collect::<Result<_, _>>()?)).await
        })
    }

    fn batch_write(&self, writes: Vec<Write>) -> Reply<'_, ()> {
        let action = |write| match write {
            Write::Put(table, item) => {
                Action { table, key: item.key, conditions: Vec::new(), effect: Effect::Put(item.attributes) }
            }
            Write::Delete(table, key) => Action { table, key, conditions: Vec::new(), effect: Effect::Delete },
        };
        self.transact(writes.into_iter().map(action).collect())
    }

    fn create_tables(&self) -> Reply<'_, Vec<String>> {
        Box::pin(async move {
            let missing: Vec<_> = self.describe().await?.into_iter().filter(|table| !table.active).collect();
            if !missing.is_empty() {
                self.writer.run(Job::CreateTables).await?;
            }
            Ok(missing.into_iter().map(|table| table.name).collect())
        })
    }

    fn describe(&self) -> Reply<'_, Vec<TableStatus>> {
        self.look(read::describe)
    }

    fn check(&self) -> Reply<'_, Examination> {
        self.look(check::check)
    }

    fn ping(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            self.disk.check()?;
            self.writer.check()?;
            if self.disk.is_full() {
                for _ in 0..PROBES {
                    self.writer.run(Job::Probe).await?;
                }
            }
            let disk = self.disk.clone();
            self.look(move |connection, _| {
                disk.confirm()?;
                connection.query_row("SELECT 1", [], |_| Ok(())).map_err(sqlite::failure)
            })
            .await
        })
    }

    fn lost(&self) -> Pin<Box<dyn Future<Output = StoreError> + Send + '_>> {
        Box::pin(self.disk.lost())
    }
}
