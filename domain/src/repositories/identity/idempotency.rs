use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::sealed::{IDEMPOTENCY_KEYS, sound};
use crate::model::idempotency::{Fingerprint, IdempotencyRecord};
use crate::{Id, Timestamp};

use super::find::id;

/// An idempotency key of a request that changes this database, with its expiry.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub(crate) kept: IdempotencyRecord,
    pub(crate) expires_at: Timestamp,
}

/// Returns how an unexpired idempotency key was used: the request's fingerprint, and the account that it created or
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

/// Stores an idempotency key. Deletes expired keys.
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
