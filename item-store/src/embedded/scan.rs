use rusqlite::Connection;

use super::calls::Names;
use super::codec::{self, damaged};
use super::read::{PAGE_BYTES, found, neighbour};
use crate::api::{Direction, Item, Key, ScanPage, StoreError, Table};
use crate::limits;
use crate::sqlite::failure;

/// Returns a page of a table, in the order of keys. Verifies the checksum of each row, as a query does.
pub(super) fn scan(
    connection: &Connection,
    names: &Names,
    table: Table,
    after: Option<&Key>,
    limit: u32,
) -> Result<ScanPage, StoreError> {
    let statements = names.of(table)?;
    let start = after.map(|after| codec::behind(&after.partition, &after.sort)).unwrap_or_default();
    let mut statement = connection.prepare_cached(statements.scan(Direction::Ascending)).map_err(failure)?;
    let mut rows = statement.query((&start,)).map_err(failure)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut items, mut last, mut bytes) = (Vec::<Item>::new(), start.clone(), 0);
    while items.len() < limit && bytes < PAGE_BYTES {
        let Some(row) = rows.next().map_err(failure)? else { break };
        let found = found(row).map_err(failure)?;
        let attributes = statements.codec.decode(found)?;
        let key = codec::parts(found.key).ok_or_else(|| damaged(found, "its key is malformed"))?;
        if found.key < last.as_slice() || found.key == last && !items.is_empty() {
            return Err(damaged(found, "it is out of order"));
        }
        last = found.key.to_vec();
        let item = Item { key, attributes };
        bytes += limits::bytes(&item);
        items.push(item);
    }
    neighbour(connection, statements, Direction::Descending, &start)?;
    let full = items.len() == limit || bytes >= PAGE_BYTES;
    let next = items.last().filter(|_| full).map(|item| item.key.clone());
    Ok(ScanPage { items, next })
}
