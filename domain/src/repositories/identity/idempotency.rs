use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::sealed::{IDEMPOTENCY_KEYS, sound};
use crate::model::idempotency::{Fingerprint, IdempotencyRecord};
use crate::{Id, Timestamp};

use super::find::id;

/// The idempotency key under which something is made in this database.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub(crate) kept: IdempotencyRecord,
    pub(crate) expires_at: Timestamp,
}

/// What an idempotency key that has not run out was used for: the request's fingerprint, and whose account it made or
/// changed.
pub(super) fn known(
    connection: &Connection,
    name: &Fingerprint,
    now: Timestamp,
) -> rusqlite::Result<Option<(Vec<u8>, Id)>> {
    connection
        .prepare_cached(&IDEMPOTENCY_KEYS.select("WHERE digest = ?1 AND expires_at > ?2"))?
        .query_row(params![name.as_bytes(), now.millis()], |row| {
            sound(row, "an idempotency key")?;
            Ok((row.get("fingerprint")?, id(row, "account_id")?))
        })
        .optional()
}

/// Keeps an idempotency key. Those that have run out are forgotten on the way.
pub(super) fn remember(
    transaction: &Transaction<'_>,
    once: &Remembered,
    account: Id,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let digest = once.kept.name.as_bytes();
    transaction.execute("DELETE FROM idempotency_keys WHERE expires_at <= ?1", (now.millis(),))?;
    transaction.execute(
        "INSERT INTO idempotency_keys (digest, fingerprint, account_id, expires_at) VALUES (?1, ?2, ?3, ?4)",
        params![digest, once.kept.request.as_bytes(), account.number(), once.expires_at.millis()],
    )?;
    IDEMPOTENCY_KEYS.close(transaction, "digest = ?1", (digest,))
}
