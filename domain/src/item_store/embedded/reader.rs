//! A connection that reads, and what it remembers.
//!
//! What was read is remembered until anything in the file changes. SQLite tells whether it has, whichever process changed
//! it (`PRAGMA data_version`), and drops the pages that it holds itself by the same rule: so what is remembered is what
//! would be read.

use std::sync::Arc;

use foldhash::HashMap;
use rusqlite::Connection;

use super::calls::Names;
use super::read;
use crate::item_store::api::{Item, Key, Query, QueryPage, Refer, Referred, StoreError, Table};
use crate::item_store::limits;
use crate::item_store::sqlite::failure;

/// How much a connection remembers, in bytes of items.
const ROOM: usize = 4 * 1024 * 1024;
/// What remembering an item takes besides the item.
const EACH: usize = 200;

/// A connection that reads.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    memory: Memory,
}

/// The file as it is at one moment, through what is remembered of it.
#[derive(Debug)]
pub(super) struct Snapshot<'a> {
    connection: &'a Connection,
    names: &'a Names,
    memory: &'a mut Memory,
}

/// What was read since the file changed.
#[derive(Debug, Default)]
struct Memory {
    version: Option<i64>,
    /// From the second look at one version on: while every look finds another, remembering is a waste.
    remembers: bool,
    taken: usize,
    /// None for keys under which there is nothing.
    items: HashMap<(Table, Key), Option<Arc<Item>>>,
    pages: HashMap<Query, QueryPage>,
}

impl Reader {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, memory: Memory::default() }
    }

    /// The connection itself, for what is to be read from the file.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Reads from one snapshot.
    pub(super) fn read<T>(
        &mut self,
        names: &Names,
        read: impl FnOnce(&mut Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut version = self.connection.prepare_cached("PRAGMA data_version").map_err(failure)?;
        // As long as it has not ended, this statement holds the snapshot.
        let mut held = version.query(()).map_err(failure)?;
        let version = held.next().and_then(|row| row.map(|row| row.get(0)).transpose()).map_err(failure)?;
        self.memory.look(version);
        read(&mut Snapshot { connection: &self.connection, names, memory: &mut self.memory })
    }
}

impl Snapshot<'_> {
    pub(super) fn get(&mut self, table: Table, key: Key) -> Result<Option<Arc<Item>>, StoreError> {
        let place = (table, key);
        if let Some(known) = self.memory.items.get(&place) {
            return Ok(known.clone());
        }
        let item = read::get(self.connection, self.names, table, place.1.clone())?.map(Arc::new);
        if self.memory.make_room(item.as_slice()) {
            self.memory.items.insert(place, item.clone());
        }
        Ok(item)
    }

    pub(super) fn batch_get(&mut self, keys: Vec<(Table, Key)>) -> Result<Vec<(Table, Arc<Item>)>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for (table, key) in keys {
            found.extend(self.get(table, key)?.map(|item| (table, item)));
        }
        Ok(found)
    }

    pub(super) fn query(&mut self, query: Query) -> Result<QueryPage, StoreError> {
        if let Some(known) = self.memory.pages.get(&query) {
            return Ok(known.clone());
        }
        let page = read::query(self.connection, self.names, &query)?;
        if self.memory.make_room(&page.items) {
            self.memory.pages.insert(query, page.clone());
        }
        Ok(page)
    }

    pub(super) fn query_and_get(&mut self, queries: Vec<Query>, refer: Refer) -> Result<Referred, StoreError> {
        let pages = queries.into_iter().map(|query| self.query(query)).collect::<Result<Vec<_>, _>>()?;
        let items = self.batch_get(refer(&pages)?)?;
        Ok((pages, items))
    }
}

impl Memory {
    /// Forgets all, where the file has changed.
    fn look(&mut self, version: Option<i64>) {
        self.remembers = version.is_some() && self.version == version;
        if !self.remembers {
            self.forget();
            self.version = version;
        }
    }

    /// Whether these are to be remembered. Makes room by forgetting all.
    fn make_room(&mut self, items: &[Arc<Item>]) -> bool {
        let bytes = EACH + items.iter().map(|item| EACH + limits::bytes(item)).sum::<usize>();
        if !self.remembers || bytes > ROOM {
            return false;
        }
        if self.taken + bytes > ROOM {
            self.forget();
        }
        self.taken += bytes;
        true
    }

    fn forget(&mut self) {
        self.items.clear();
        self.pages.clear();
        self.taken = 0;
    }
}
