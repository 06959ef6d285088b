use rusqlite::types::Type;
use rusqlite::{Connection, Error, Params, Transaction};

/// A table each row of which has a checksum: its seal.
pub(super) struct Sealed {
    table: &'static str,
    /// What seals cover: all columns but the seal itself.
    columns: &'static str,
}

pub(super) const ACCOUNTS: Sealed = Sealed {
    table: "accounts",
    columns: "id, name, email, biography, password_hash, credential_version, state, created_at",
};
pub(super) const DELEGATES: Sealed = Sealed { table: "delegates", columns: "account_id, delegate_id, created_at" };
pub(super) const SIGNING_KEYS: Sealed = Sealed { table: "signing_keys", columns: "id, public_key, created_at" };
pub(super) const REFRESH_FAMILIES: Sealed =
    Sealed { table: "refresh_families", columns: "id, account_id, credential_version, created_at" };
pub(super) const REFRESH_TOKENS: Sealed =
    Sealed { table: "refresh_tokens", columns: "digest, family_id, issued_at, expires_at" };
pub(super) const IDEMPOTENCY_KEYS: Sealed =
    Sealed { table: "idempotency_keys", columns: "digest, fingerprint, account_id, expires_at" };

const ALL: [&Sealed; 6] = [&ACCOUNTS, &DELEGATES, &SIGNING_KEYS, &REFRESH_FAMILIES, &REFRESH_TOKENS, &IDEMPOTENCY_KEYS];

impl Sealed {
    /// A query for all columns and `sound`, which tells whether the row is what was written.
    pub(super) fn select(&self, rest: &str) -> String {
        format!("SELECT {}, seal = {} AS sound FROM {} {rest}", self.columns, self.seal(), self.table)
    }

    /// Seals what was just written.
    pub(super) fn close(
        &self,
        transaction: &Transaction<'_>,
        condition: &str,
        values: impl Params,
    ) -> rusqlite::Result<()> {
        let close = format!("UPDATE {} SET seal = {} WHERE {condition}", self.table, self.seal());
        transaction.prepare_cached(&close)?.execute(values).map(drop)
    }

    fn seal(&self) -> String {
        format!("checksum('{}', {})", self.table, self.columns)
    }
}

/// The error of a row that is not what was written.
pub(super) fn damaged(what: &str) -> Error {
    Error::FromSqlConversionFailure(0, Type::Null, format!("identity.db: {what} is not what was written").into())
}

/// The tables with rows that are not what was written, a line each.
pub(super) fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut faults = Vec::new();
    for sealed in ALL {
        let count = format!("SELECT count(*) FROM {} WHERE seal <> {}", sealed.table, sealed.seal());
        let rows: u64 = connection.query_row(&count, [], |row| row.get(0))?;
        if rows > 0 {
            faults.push(format!("{rows} of the rows of {} are not what was written", sealed.table));
        }
    }
    Ok(faults)
}
