use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::calls::{Names, Statements};
use super::codec;
use super::read::found;
use crate::sqlite::missing_table;

/// Maximum number of items swept from a table at once, so that no write waits long.
const BITE: usize = 1_000;

/// Deletes expired items, a batch from each table. Returns whether there may be more. Sweeping is not urgent, because
/// readers check expiry.
pub(super) fn sweep(connection: &mut Connection, names: &Names, now: i64) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut more = false;
    for statements in names.all() {
        let Some(expired) = &statements.expired else { continue };
        match batch(&transaction, statements, expired, now) {
            Ok(swept) => more |= swept == BITE,
            // The table does not exist yet.
            Err(error) if missing_table(&error).is_some() => {}
            Err(error) => return Err(error),
        }
    }
    transaction.commit()?;
    Ok(more)
}

/// Returns the number of deleted items. Keeps damaged rows, for people to examine.
fn batch(transaction: &Transaction<'_>, statements: &Statements, statement: &str, now: i64) -> rusqlite::Result<usize> {
    let mut statement = transaction.prepare_cached(statement)?;
    let mut rows = statement.query((now, BITE))?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        let found = found(row)?;
        match statements.codec.decode(found).map(|attributes| codec::expires(&attributes)) {
            Ok(expires) if expires.is_some_and(|expires| expires <= now) => {
                keys.push(found.key.to_vec());
            }
            Ok(_) => tracing::error!("an item that has not expired is in the index of expired items"),
            Err(error) => tracing::error!(%error, "cannot delete an expired item"),
        }
    }
    drop(rows);
    let mut delete = transaction.prepare_cached(&statements.delete)?;
    for key in &keys {
        delete.execute((key,))?;
    }
    Ok(keys.len())
}
