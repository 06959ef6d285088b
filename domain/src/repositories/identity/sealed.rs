use rusqlite::types::Type;
use rusqlite::{Connection, Error, Params, Row, Transaction};

/// A table whose rows have a checksum each, the seal.
pub(super) struct Sealed {
    table: &'static str,
    /// The columns that the seal covers: all except the seal itself.
    columns: &'static str,
}

pub(super) const ACCOUNTS: Sealed = Sealed {
    table: "accounts",
    columns: "id, name, email, biography, password_hash, credential_version, state, created_at, full_name, role, \
              profile_version",
};
pub(super) const DELEGATES: Sealed =
    Sealed { table: "delegates", columns: "account_id, delegate_id, created_at, scope, expires_at" };
pub(super) const SIGNING_KEYS: Sealed =
    Sealed { table: "signing_keys", columns: "id, public_key, created_at, retired_at" };
pub(super) const APP_PASSWORDS: Sealed =
    Sealed { table: "app_passwords", columns: "id, account_id, name, digest, scope, created_at, expires_at" };
pub(super) const SESSIONS: Sealed = Sealed {
    table: "sessions",
    columns: "id, account_id, credential_version, app_password_id, created_at, last_used_at, expires_at, family, \
              newest, user_agent, address, replaced, salt, replaced_at",
};
pub(super) const IDEMPOTENCY_KEYS: Sealed =
    Sealed { table: "idempotency_keys", columns: "digest, fingerprint, account_id, expires_at" };
pub(super) const EVENTS: Sealed =
    Sealed { table: "events", columns: "id, account_id, kind, actor, detail, request_id, address" };
pub(super) const OUTBOX: Sealed = Sealed { table: "outbox", columns: "account_id, version" };
pub(super) const DELETIONS: Sealed =
    Sealed { table: "deletions", columns: "account_id, requested_at, removed, leased_until, finished_at" };
pub(super) const INSTALLATION: Sealed = Sealed { table: "installation", columns: "only, id, epoch, settled" };

const ALL: [&Sealed; 10] = [
    &ACCOUNTS,
    &DELEGATES,
    &SIGNING_KEYS,
    &APP_PASSWORDS,
    &SESSIONS,
    &IDEMPOTENCY_KEYS,
    &EVENTS,
    &OUTBOX,
    &DELETIONS,
    &INSTALLATION,
];

impl Sealed {
    /// Returns a query for all columns and `sound`, which tells whether the row matches its seal.
    pub(super) fn select(&self, rest: &str) -> String {
        format!("SELECT {}, seal = {} AS sound FROM {} {rest}", self.columns, self.seal(), self.table)
    }

    /// Returns a query for some columns. `sound` is the last one, and covers the whole row.
    pub(super) fn select_some(&self, columns: &str, rest: &str) -> String {
        format!("SELECT {columns}, seal = {} AS sound FROM {} {rest}", self.seal(), self.table)
    }

    /// Seals rows that were just written.
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

/// Fails if a row of [`Sealed::select`] does not match its seal.
pub(super) fn sound(row: &Row<'_>, what: &str) -> rusqlite::Result<()> {
    if row.get("sound")? { Ok(()) } else { Err(damaged(what)) }
}

/// Returns the error for a row that does not match its seal.
pub(super) fn damaged(what: &str) -> Error {
    Error::FromSqlConversionFailure(
        0,
        Type::Null,
        format!("identity.db: {what} is damaged: its checksum differs").into(),
    )
}

/// Returns the tables with rows that do not match their seals, one line each.
pub(super) fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut faults = Vec::new();
    for sealed in ALL {
        let count = format!("SELECT count(*) FROM {} WHERE seal <> {}", sealed.table, sealed.seal());
        let rows: u64 = connection.query_row(&count, [], |row| row.get(0))?;
        if rows > 0 {
            faults.push(format!("{rows} rows of the table {} are damaged: their checksums differ", sealed.table));
        }
    }
    Ok(faults)
}
