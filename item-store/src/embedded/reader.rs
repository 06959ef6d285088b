//! Reads of items through the cache of a connection.

use std::sync::Arc;

use foldhash::HashMap;
use rusqlite::Connection;

use super::calls::Names;
use super::read;
use crate::api::{Item, Key, Query, QueryPage, Refer, Referred, StoreError, Table};
use crate::limits;
use crate::sqlite::{CachedReader, failure};

/// Maximum size of a connection's cache, in bytes.
const ROOM: usize = 4 * 1024 * 1024;
/// Overhead of a cached item, in bytes.
const EACH: usize = 200;

/// A connection for reading.
pub(super) type Reader = CachedReader<Memory>;

/// A snapshot of the file, read through the cache.
#[derive(Debug)]
pub(super) struct Snapshot<'a> {
    connection: &'a Connection,
    names: &'a Names,
    memory: &'a mut Memory,
    /// Whether to cache. Only from the second read of a version on: if every read finds a new version, caching is a
    /// waste.
    remembers: bool,
}

/// A cache of what was read since the file last changed.
#[derive(Debug, Default)]
pub(super) struct Memory {
    taken: usize,
    /// `None` for keys without an item.
    items: HashMap<(Table, Key), Option<Arc<Item>>>,
    pages: HashMap<Query, QueryPage>,
}

/// Reads from one snapshot.
pub(super) fn read<T>(
    reader: &mut Reader,
    names: &Names,
    read: impl FnOnce(&mut Snapshot<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let read = |connection: &Connection, memory: &mut Memory, remembers| {
        read(&mut Snapshot { connection, names, memory, remembers })
    };
    reader.read(read).map_err(failure).flatten()
}

impl Snapshot<'_> {
    pub(super) fn get(&mut self, table: Table, key: Key) -> Result<Option<Arc<Item>>, StoreError> {
        let place = (table, key);
        if let Some(known) = self.memory.items.get(&place) {
            return Ok(known.clone());
        }
        let item = read::get(self.connection, self.names, table, place.1.clone())?.map(Arc::new);
        if self.remembers && self.memory.make_room(item.as_slice()) {
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
        if self.remembers && self.memory.make_room(&page.items) {
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
    /// Returns whether to cache these items. If there is no space, clears the cache first.
    fn make_room(&mut self, items: &[Arc<Item>]) -> bool {
        let bytes = EACH + items.iter().map(|item| EACH + limits::bytes(item)).sum::<usize>();
        if bytes > ROOM {
            return false;
        }
        if self.taken + bytes > ROOM {
            *self = Self::default();
        }
        self.taken += bytes;
        true
    }
}
