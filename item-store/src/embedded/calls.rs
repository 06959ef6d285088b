//! The SQL statements, formatted once for each table.

use super::codec::Codec;
use crate::api::{Direction, StoreError, Table};
use crate::client::Layout;

/// The statements of every table.
#[derive(Debug)]
pub(super) struct Names(Vec<(Table, Statements)>);

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
    pub(super) fn new(Layout { prefix, tables }: Layout<'_>) -> Result<Self, StoreError> {
        if !prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)) {
            return Err(StoreError::Invalid("a table prefix has only letters, digits, and _ . -".to_owned()));
        }
        Ok(Self(tables.iter().map(|table| (*table, Statements::new(prefix, table))).collect()))
    }

    /// Returns the statements of a table.
    ///
    /// # Errors
    /// `NoSuchTable` if the engine was opened without it.
    pub(super) fn of(&self, table: Table) -> Result<&Statements, StoreError> {
        let found = self.0.iter().find(|(known, _)| *known == table).map(|(_, statements)| statements);
        found.ok_or_else(|| StoreError::NoSuchTable(table.name.to_owned()))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Statements> {
        self.0.iter().map(|(_, statements)| statements)
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
        let schema = table;
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
