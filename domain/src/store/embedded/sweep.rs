use rusqlite::{Connection, TransactionBehavior};

use super::calls::Names;
use crate::Timestamp;
use crate::store::sqlite::missing_table;

/// How many items one bite takes from a table: no write waits for long behind it.
const BITE: usize = 1_000;

/// Takes away items that have expired, a bite of each table. Answers whether there may be more. They are in
/// nobody's way: who reads them looks at when they expire.
pub(super) fn sweep(connection: &mut Connection, names: &Names, now: Timestamp) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut more = false;
    for statement in names.all().iter().filter_map(|statements| statements.sweep.as_ref()) {
        match transaction.execute(statement, (now.seconds(), BITE)) {
            Ok(swept) => more |= swept == BITE,
            // Not made yet.
            Err(error) if missing_table(&error).is_some() => {}
            Err(error) => return Err(error),
        }
    }
    transaction.commit()?;
    Ok(more)
}
