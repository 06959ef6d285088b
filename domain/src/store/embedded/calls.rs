//! The statements, spelt once for each table.

use crate::store::table::{StoreError, Table};

/// The statements of every table.
#[derive(Debug)]
pub(super) struct Names([Statements; Table::ALL.len()]);

/// The statements of one table; each is prepared once a connection.
#[derive(Debug)]
pub(super) struct Statements {
    /// The table's name, with the prefix.
    pub(super) table: String,
    pub(super) create: String,
    pub(super) get: String,
    pub(super) put: String,
    pub(super) delete: String,
    pub(super) ascending: String,
    pub(super) descending: String,
    pub(super) measure: String,
    /// Takes items away that expired; of tables in which items do.
    pub(super) sweep: Option<String>,
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
            Table::Platform => &self.0[1],
        }
    }

    pub(super) fn all(&self) -> &[Statements] {
        &self.0
    }
}

impl Statements {
    fn new(prefix: &str, table: Table) -> Self {
        let schema = table.schema();
        let table = format!("{prefix}{}", schema.name);
        let index = schema.time_to_live.map(|_| {
            format!(
                "CREATE INDEX IF NOT EXISTS \"{table}-expires\" ON \"{table}\" (expires) WHERE expires IS NOT NULL;"
            )
        });
        let query = |order: &str| {
            format!(
                "SELECT sort, item FROM \"{table}\" WHERE partition = ?1 AND sort >= ?2 AND sort < ?3 \
                 ORDER BY sort {order} LIMIT ?4"
            )
        };
        Self {
            create: format!(
                "CREATE TABLE IF NOT EXISTS \"{table}\" (partition BLOB NOT NULL, sort BLOB NOT NULL, \
                 expires INTEGER, item BLOB NOT NULL, PRIMARY KEY (partition, sort)) STRICT, WITHOUT ROWID; {}",
                index.unwrap_or_default()
            ),
            get: format!("SELECT item FROM \"{table}\" WHERE partition = ?1 AND sort = ?2"),
            put: format!(
                "INSERT INTO \"{table}\" (partition, sort, expires, item) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (partition, sort) DO UPDATE SET expires = excluded.expires, item = excluded.item"
            ),
            delete: format!("DELETE FROM \"{table}\" WHERE partition = ?1 AND sort = ?2"),
            ascending: query("ASC"),
            descending: query("DESC"),
            measure: format!(
                "SELECT count(*), coalesce(sum(length(partition) + length(sort) + length(item)), 0) FROM \"{table}\""
            ),
            sweep: schema.time_to_live.map(|_| {
                format!(
                    "DELETE FROM \"{table}\" WHERE (partition, sort) IN \
                     (SELECT partition, sort FROM \"{table}\" WHERE expires <= ?1 LIMIT ?2)"
                )
            }),
            table,
        }
    }
}
