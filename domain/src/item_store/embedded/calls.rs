//! The SQL statements, formatted once for each table.

use super::codec::Codec;
use crate::item_store::api::{Direction, StoreError, Table};

/// The statements of every table.
#[derive(Debug)]
pub(super) struct Names([Statements; Table::ALL.len()]);

/// The statements of one table. Each is prepared once per connection.
#[derive(Debug)]
pub(super) struct Statements {
    /// The table's name, with the prefix.
    pub(super) table: String,
    /// Encodes its items as rows.
    pub(super) codec: Codec,
    pub(super) create: String,
    pub(super) get: String,
    pub(super) put: String,
    pub(super) delete: String,
    /// Rows from a key on, ascending. Without a limit, here and below: callers stop reading when they have enough.
    pub(super) forward: String,
    /// Rows before a key, descending.
    pub(super) backward: String,
    pub(super) measure: String,
    /// All rows, ascending, with their expiry.
    pub(super) all: String,
    /// Expired rows, for tables whose items expire.
    pub(super) expired: Option<String>,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Result<Self, StoreError> {
        if !prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)) {
            return Err(StoreError::Invalid("a table's prefix has letters, digits, and _ . - alone".to_owned()));
        }
        Ok(Self(Table::ALL.map(|table| Statements::new(prefix, table))))
    }

    pub(super) fn of(&self, table: Table) -> &Statements {
        match table {
            Table::Messages => &self.0[0],
            Table::Posts => &self.0[1],
            Table::Graph => &self.0[2],
            Table::Timelines => &self.0[3],
            Table::Shop => &self.0[4],
            Table::Platform => &self.0[5],
        }
    }

    pub(super) fn all(&self) -> &[Statements] {
        &self.0
    }
}

impl Statements {
    /// Returns the statement for the rows on one side of a key, nearest first.
    pub(super) fn scan(&self, direction: Direction) -> &str {
        match direction {
            Direction::Ascending => &self.forward,
            Direction::Descending => &self.backward,
        }
    }

    fn new(prefix: &str, table: Table) -> Self {
        let schema = table.schema();
        let table = format!("{prefix}{}", schema.name);
        let index = schema.time_to_live.map(|_| {
            format!(
                "CREATE INDEX IF NOT EXISTS \"{table}-expires\" ON \"{table}\" (expires) WHERE expires IS NOT NULL;"
            )
        });
        let scan = |compares: &str, order: &str| {
            format!("SELECT key, item FROM \"{table}\" WHERE key {compares} ?1 ORDER BY key {order}")
        };
        Self {
            create: format!(
                "CREATE TABLE IF NOT EXISTS \"{table}\" (key BLOB NOT NULL PRIMARY KEY, expires INTEGER, \
                 item BLOB NOT NULL) STRICT, WITHOUT ROWID; {}",
                index.unwrap_or_default()
            ),
            get: format!("SELECT item FROM \"{table}\" WHERE key = ?1"),
            put: format!("INSERT OR REPLACE INTO \"{table}\" (key, expires, item) VALUES (?1, ?2, ?3)"),
            delete: format!("DELETE FROM \"{table}\" WHERE key = ?1"),
            forward: scan(">=", "ASC"),
            backward: scan("<", "DESC"),
            measure: format!("SELECT count(*), coalesce(sum(length(key) + length(item)), 0) FROM \"{table}\""),
            all: format!("SELECT key, item, expires FROM \"{table}\" ORDER BY key"),
            expired: schema
                .time_to_live
                .map(|_| format!("SELECT key, item FROM \"{table}\" WHERE expires <= ?1 ORDER BY expires LIMIT ?2")),
            codec: Codec::new(&table),
            table,
        }
    }
}
