//! Reads. The checksum of every row found is verified. A miss is verified by the adjacent rows: if a damaged key
//! misled the search, it is one of them. An adjacent row of another partition may be damaged if it cannot explain the
//! miss, so that damage does not spread beyond its partition.

use std::sync::Arc;

use compact_str::CompactString;
use rusqlite::{Connection, OptionalExtension as _, Row, Rows};

use super::calls::{Names, Statements};
use super::codec::{self, Found};
use crate::api::{Attributes, Direction, Item, Key, Query, QueryPage, SortRange, StoreError, Table, TableStatus};
use crate::limits;
use crate::sqlite::failure;

/// A page ends with the item that makes it reach this size.
pub(super) const PAGE_BYTES: usize = 1024 * 1024;

pub(super) fn get(connection: &Connection, names: &Names, table: Table, key: Key) -> Result<Option<Item>, StoreError> {
    let statements = names.of(table)?;
    let row = codec::key(&key.partition, &key.sort);
    let attributes = stored(connection, statements, &row)?;
    if attributes.is_none() {
        let edge = Edge { statements, partition: &key.partition, key: &row };
        edge.check(connection, Direction::Ascending)?;
        edge.check(connection, Direction::Descending)?;
    }
    Ok(attributes.map(|attributes| Item { key, attributes }))
}

/// Returns the attributes stored under a key. Does not verify a miss, so that a damaged row does not block writes to
/// others.
pub(super) fn stored(
    connection: &Connection,
    statements: &Statements,
    key: &[u8],
) -> Result<Option<Attributes>, StoreError> {
    let mut statement = connection.prepare_cached(&statements.get).map_err(failure)?;
    let decode = |row: &Row<'_>| {
        let item = row.get_ref(0)?.as_blob()?;
        Ok(statements.codec.decode(Found { key, item }))
    };
    statement.query_row((key,), decode).optional().map_err(failure)?.transpose()
}

pub(super) fn query(connection: &Connection, names: &Names, query: &Query) -> Result<QueryPage, StoreError> {
    let statements = names.of(query.table)?;
    let (from, before) = bounds(query);
    let (start, back) = match query.direction {
        Direction::Ascending => (&from, Direction::Descending),
        Direction::Descending => (&before, Direction::Ascending),
    };
    let mut items: Vec<Arc<Item>> = Vec::new();
    // The bounds have passed each other.
    if from >= before {
        return Ok(QueryPage { items, next: None });
    }
    let mut statement = connection.prepare_cached(statements.scan(query.direction)).map_err(failure)?;
    let mut rows = statement.query((start,)).map_err(failure)?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut bytes = 0;
    while items.len() < limit && bytes < PAGE_BYTES {
        let Some(row) = rows.next().map_err(failure)? else { break };
        let found = found(row).map_err(failure)?;
        // The first row outside the range ends a page that is not full. It is verified, too.
        if found.key < from.as_slice() || found.key >= before.as_slice() {
            let edge = Edge { statements, partition: &query.partition, key: start };
            let damaged = edge.look(found, query.direction)?;
            edge.walk(damaged, rows, query.direction)?;
            break;
        }
        let attributes = statements.codec.decode(found)?;
        let sort = CompactString::from_utf8_lossy(&found.key[query.partition.len() + 1..]);
        let in_order = items.last().is_none_or(|last| match query.direction {
            Direction::Ascending => last.key.sort < sort,
            Direction::Descending => last.key.sort > sort,
        });
        if !in_order {
            return Err(StoreError::Corrupt(format!("items.db: the items of {:?} are out of order", query.partition)));
        }
        let item = Item { key: Key { partition: query.partition.clone(), sort }, attributes };
        bytes += limits::bytes(&item);
        items.push(Arc::new(item));
    }
    // Before the scan ends, so that SQLite's locks are taken only once.
    Edge { statements, partition: &query.partition, key: start }.check(connection, back)?;
    let full = items.len() == limit || bytes >= PAGE_BYTES;
    let next = items.last().filter(|_| full).map(|item| item.key.sort.clone());
    Ok(QueryPage { items, next })
}

/// Reads the undamaged rows of an ascending query. Also returns a line for each damaged row.
pub(super) fn salvage(
    connection: &Connection,
    names: &Names,
    query: &Query,
) -> Result<(QueryPage, Vec<String>), StoreError> {
    let statements = names.of(query.table)?;
    let (from, before) = bounds(query);
    let mut statement = connection.prepare_cached(statements.scan(Direction::Ascending)).map_err(failure)?;
    let mut rows = statement.query((&from,)).map_err(failure)?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let (mut items, mut damaged, mut bytes) = (Vec::<Arc<Item>>::new(), Vec::new(), 0);
    while items.len() < limit && bytes < PAGE_BYTES {
        let Some(row) = rows.next().map_err(failure)? else { break };
        let found = found(row).map_err(failure)?;
        if found.key >= before.as_slice() {
            break;
        }
        match statements.codec.decode(found) {
            Ok(attributes) => {
                let sort = CompactString::from_utf8_lossy(&found.key[query.partition.len() + 1..]);
                let item = Item { key: Key { partition: query.partition.clone(), sort }, attributes };
                bytes += limits::bytes(&item);
                items.push(Arc::new(item));
            }
            Err(error) => damaged.push(error.to_string()),
        }
    }
    let full = items.len() == limit || bytes >= PAGE_BYTES;
    let next = items.last().filter(|_| full).map(|item| item.key.sort.clone());
    Ok((QueryPage { items, next }, damaged))
}

/// The place where a search begins or ends.
struct Edge<'a> {
    statements: &'a Statements,
    partition: &'a str,
    /// The missing key, or the one at which the query begins.
    key: &'a [u8],
}

impl Edge<'_> {
    /// Checks that no damaged row next to the place can explain a miss there.
    ///
    /// # Errors
    /// `Corrupt` if one can.
    fn check(&self, connection: &Connection, direction: Direction) -> Result<(), StoreError> {
        let mut statement = connection.prepare_cached(self.statements.scan(direction)).map_err(failure)?;
        let rows = statement.query((self.key,)).map_err(failure)?;
        self.walk(Some(self.key.to_vec()), rows, direction)
    }

    /// Skips damaged rows up to the first undamaged one. If keys on the way are out of order, one of them misled the
    /// search.
    fn walk(&self, mut last: Option<Vec<u8>>, mut rows: Rows<'_>, direction: Direction) -> Result<(), StoreError> {
        while let Some(before) = last {
            let Some(row) = rows.next().map_err(failure)? else { return Ok(()) };
            let found = found(row).map_err(failure)?;
            let in_order = match direction {
                Direction::Ascending => found.key >= before.as_slice(),
                Direction::Descending => found.key < before.as_slice(),
            };
            if !in_order {
                return Err(codec::damaged(found, "it is out of order"));
            }
            last = self.look(found, direction)?;
        }
        Ok(())
    }

    /// Returns the key of a damaged row that cannot explain the miss, or `None` for an undamaged row.
    fn look(&self, found: Found<'_>, direction: Direction) -> Result<Option<Vec<u8>>, StoreError> {
        let Err(error) = self.statements.codec.verify(found) else { return Ok(None) };
        let passed = match direction {
            Direction::Ascending => found.key > self.key,
            Direction::Descending => found.key < self.key,
        };
        let prefix = codec::key(self.partition, "");
        // If only the partition in a key was damaged, the checksum matches again with the right partition.
        let restored = found.key.get(prefix.len()..).map(|rest| [prefix.as_slice(), rest].concat());
        let fits = |key: &[u8]| self.statements.codec.verify(Found { key, item: found.item }).is_ok();
        let is_elsewhere = codec::parts(found.key).is_some() && !found.key.starts_with(&prefix);
        if passed && is_elsewhere && !fits(self.key) && !restored.is_some_and(|key| fits(&key)) {
            Ok(Some(found.key.to_vec()))
        } else {
            Err(error)
        }
    }
}

/// Verifies the row next to a place: the first one from it on, or the last one before it.
///
/// # Errors
/// `Corrupt` if the row is not what was written.
pub(super) fn neighbour(
    connection: &Connection,
    statements: &Statements,
    direction: Direction,
    place: &[u8],
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(statements.scan(direction)).map_err(failure)?;
    let mut rows = statement.query((place,)).map_err(failure)?;
    let Some(row) = rows.next().map_err(failure)? else { return Ok(()) };
    statements.codec.verify(found(row).map_err(failure)?).map(drop)
}

/// Tells how far nothing is stored from a key on: up to the next key, or to the end. Tells nothing where that row is
/// damaged.
pub(super) fn learn(
    connection: &Connection,
    statements: &Statements,
    key: &[u8],
    tell: impl FnOnce(Option<&[u8]>),
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(&statements.forward).map_err(failure)?;
    let mut rows = statement.query((key,)).map_err(failure)?;
    match rows.next().map_err(failure)? {
        None => tell(None),
        Some(row) => {
            let found = found(row).map_err(failure)?;
            if found.key > key && statements.codec.verify(found).is_ok() {
                tell(Some(found.key));
            }
        }
    }
    Ok(())
}

/// Returns the row of a scan.
pub(super) fn found<'a>(row: &'a Row<'_>) -> rusqlite::Result<Found<'a>> {
    Ok(Found { key: row.get_ref(0)?.as_blob()?, item: row.get_ref(1)?.as_blob()? })
}

/// Returns the range of keys that a query reads: the first one, and the one before which it ends. There is one bound
/// on each side, so that SQLite seeks straight to the beginning of the page.
fn bounds(query: &Query) -> (Vec<u8>, Vec<u8>) {
    let key = |sort: &str| codec::key(&query.partition, sort);
    let top = |prefix: &str| codec::top(&query.partition, prefix);
    let behind = |sort: &str| codec::behind(&query.partition, sort);
    let (from, before) = match &query.range {
        SortRange::All => (key(""), top("")),
        SortRange::BeginsWith(prefix) => (key(prefix), top(prefix)),
        SortRange::AtMost(high) => (key(""), behind(high)),
        SortRange::AtLeast(low) => (key(low), top("")),
        SortRange::Between(low, high) => (key(low), behind(high)),
    };
    match (&query.after, query.direction) {
        (None, _) => (from, before),
        (Some(after), Direction::Ascending) => (from.max(behind(after)), before),
        (Some(after), Direction::Descending) => (from, before.min(key(after))),
    }
}

pub(super) fn describe(connection: &Connection, names: &Names) -> Result<Vec<TableStatus>, StoreError> {
    let measured = names.all().map(|statements| {
        let name = statements.table.clone();
        let counted = connection.query_row(&statements.measure, [], |row| Ok((row.get(0)?, row.get(1)?)));
        match counted.map_err(failure) {
            Ok((items, bytes)) => Ok(TableStatus { name, active: true, items, bytes }),
            Err(StoreError::NoSuchTable(_)) => Ok(TableStatus { name, active: false, items: 0, bytes: 0 }),
            Err(error) => Err(error),
        }
    });
    measured.collect()
}
