use rusqlite::{Connection, OptionalExtension as _, params};

use super::calls::Names;
use super::codec;
use crate::store::limits;
use crate::store::sqlite::failure;
use crate::store::table::{Direction, Item, Key, Query, QueryPage, SortRange, StoreError, Table, TableStatus};

/// A page ends with the item that takes it over this.
const PAGE_BYTES: usize = 1024 * 1024;

pub(super) fn get(connection: &Connection, names: &Names, table: Table, key: Key) -> Result<Option<Item>, StoreError> {
    let row = connection
        .prepare_cached(&names.of(table).get)
        .and_then(|mut statement| {
            let key = (key.partition.as_bytes(), key.sort.as_bytes());
            statement.query_row(key, |row| Ok(codec::decode(row.get_ref(0)?.as_blob()?))).optional()
        })
        .map_err(failure)?;
    row.transpose().map(|attributes| attributes.map(|attributes| Item { key, attributes }))
}

pub(super) fn query(connection: &Connection, names: &Names, query: &Query) -> Result<QueryPage, StoreError> {
    let statements = names.of(query.table);
    let sql = match query.direction {
        Direction::Ascending => &statements.ascending,
        Direction::Descending => &statements.descending,
    };
    let bounds = Bounds::of(query);
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let mut rows = statement
        .query(params![query.partition.as_bytes(), bounds.from, bounds.before, i64::from(query.limit)])
        .map_err(failure)?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut items = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next().map_err(failure)? {
        let sort = row.get_ref(0).map_err(failure)?.as_bytes().map_err(|error| failure(error.into()))?;
        let sort = std::str::from_utf8(sort).map_err(|_| StoreError::Corrupt("items.db: a key is not UTF-8".into()))?;
        let blob = row.get_ref(1).map_err(failure)?.as_blob().map_err(|error| failure(error.into()))?;
        let key = Key { partition: query.partition.clone(), sort: sort.to_owned() };
        let item = Item { key, attributes: codec::decode(blob)? };
        bytes += limits::bytes(&item);
        items.push(item);
        if bytes > PAGE_BYTES {
            break;
        }
    }
    let full = items.len() == limit || bytes > PAGE_BYTES;
    let next = items.last().filter(|_| full).map(|item| item.key.sort.clone());
    Ok(QueryPage { items, next })
}

/// What of a partition a query reads, as bytes, by which keys compare: from the one to before the other. One
/// bound on each side, so that SQLite goes straight to where a page begins.
struct Bounds {
    from: Vec<u8>,
    before: Vec<u8>,
}

/// Above every key: no UTF-8 has this byte.
const TOP: u8 = 0xff;

impl Bounds {
    fn of(query: &Query) -> Self {
        let (from, before) = match &query.range {
            SortRange::All => (Vec::new(), vec![TOP]),
            SortRange::BeginsWith(prefix) => (prefix.clone().into_bytes(), prefix.bytes().chain([TOP]).collect()),
            SortRange::AtMost(high) => (Vec::new(), behind(high)),
            SortRange::AtLeast(low) => (low.clone().into_bytes(), vec![TOP]),
            SortRange::Between(low, high) => (low.clone().into_bytes(), behind(high)),
        };
        match (&query.after, query.direction) {
            (None, _) => Self { from, before },
            (Some(after), Direction::Ascending) => Self { from: from.max(behind(after)), before },
            (Some(after), Direction::Descending) => Self { from, before: before.min(after.clone().into_bytes()) },
        }
    }
}

/// The very next key.
fn behind(key: &str) -> Vec<u8> {
    key.bytes().chain([0]).collect()
}

pub(super) fn describe(connection: &Connection, names: &Names) -> Result<Vec<TableStatus>, StoreError> {
    let measured = names.all().iter().map(|statements| {
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
