//! Checks all data in the file, for a repair tool.

use rusqlite::Connection;

use super::calls::{Names, Statements};
use super::codec;
use super::read::found;
use crate::api::{Examination, StoreError};
use crate::sqlite::{self, failure, missing_table};

/// Maximum number of faults listed for each table.
const TOLD: usize = 100;

pub(super) fn check(connection: &Connection, names: &Names) -> Result<Examination, StoreError> {
    // One snapshot of all tables, even while others write.
    let snapshot = connection.unchecked_transaction().map_err(failure)?;
    let mut examination = Examination { items: 0, faults: sqlite::integrity(&snapshot).map_err(failure)? };
    for statements in names.all() {
        match rows(&snapshot, statements, &mut examination) {
            Ok(()) => {}
            Err(error) if missing_table(&error).is_some() => {
                examination.faults.push(format!("the table {} is missing", statements.table));
            }
            Err(error) => examination.faults.push(format!("reading the table {} ended: {error}", statements.table)),
        }
    }
    Ok(examination)
}

/// Reads every row in order, and verifies it as an ordinary read does.
fn rows(connection: &Connection, statements: &Statements, examination: &mut Examination) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&statements.all)?;
    let mut rows = statement.query([])?;
    let mut told = 0;
    while let Some(row) = rows.next()? {
        examination.items += 1;
        let (found, expires) = (found(row)?, row.get::<_, Option<i64>>(2)?);
        let fault = match statements.codec.decode(found) {
            Ok(attributes) if codec::expires(&attributes) == expires => continue,
            Ok(_) => format!("items.db: {found}: its expiry column differs"),
            Err(error) => error.to_string(),
        };
        if told < TOLD {
            examination.faults.push(fault);
        }
        told += 1;
    }
    if told > TOLD {
        examination.faults.push(format!("{} more items of the table {}", told - TOLD, statements.table));
    }
    Ok(())
}
