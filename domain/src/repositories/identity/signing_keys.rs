use rusqlite::{Connection, Row, Transaction, params};

use super::sealed::{SIGNING_KEYS, sound};
use super::{IdentityStore, events, failure};
use crate::model::event::Event;
use crate::model::public_key::PublicKey;
use crate::{Error, Timestamp};

impl IdentityStore {
    /// Returns the public keys, newest first: the one that signs, and retired ones that still verify.
    pub(crate) async fn signing_keys(&self) -> Result<Vec<PublicKey>, Error> {
        self.read(all).await
    }

    /// Stores the first public key, if there is none yet. Runs `make`, which creates the key pair and stores its
    /// private half. Holds the write lock meanwhile, so that only one of several processes creates a key.
    pub(crate) async fn first_signing_key(
        &self,
        now: Timestamp,
        make: impl FnOnce() -> Result<(String, Vec<u8>), Error> + Send + 'static,
    ) -> Result<(), Error> {
        self.write(move |transaction| {
            let keys: i64 =
                transaction.query_row("SELECT count(*) FROM signing_keys", [], |row| row.get(0)).map_err(failure)?;
            if keys > 0 {
                return Ok(());
            }
            let (id, public_key) = make()?;
            add(transaction, &id, &public_key, now).map_err(failure)
        })
        .await
    }

    /// Replaces the signing key, as above. Retires the current one, and deletes those that were retired before
    /// `forgotten`.
    pub(crate) async fn rotate_signing_key(
        &self,
        now: Timestamp,
        forgotten: Timestamp,
        event: Event,
        make: impl FnOnce() -> Result<(String, Vec<u8>), Error> + Send + 'static,
    ) -> Result<(), Error> {
        self.write(move |transaction| {
            let (id, public_key) = make()?;
            let retire = "UPDATE signing_keys SET retired_at = ?1 WHERE retired_at IS NULL";
            // Verifies the rows first, because a damaged row must not get a new seal.
            all(transaction)
                .and_then(|_| {
                    transaction.execute("DELETE FROM signing_keys WHERE retired_at < ?1", (forgotten.millis(),))
                })
                .and_then(|_| transaction.execute(retire, (now.millis(),)))
                .and_then(|_| SIGNING_KEYS.close(transaction, "retired_at = ?1", (now.millis(),)))
                .and_then(|()| add(transaction, &id, &public_key, now))
                .and_then(|()| events::add(transaction, None, &event))
                .map_err(failure)
        })
        .await
    }
}

fn all(connection: &Connection) -> rusqlite::Result<Vec<PublicKey>> {
    connection
        .prepare_cached(&SIGNING_KEYS.select("ORDER BY retired_at IS NULL DESC, created_at DESC, id"))?
        .query_map([], key)?
        .collect()
}

fn add(transaction: &Transaction<'_>, id: &str, public_key: &[u8], now: Timestamp) -> rusqlite::Result<()> {
    let insert = "INSERT INTO signing_keys (id, public_key, created_at) VALUES (?1, ?2, ?3)";
    transaction.execute(insert, params![id, public_key, now.millis()])?;
    SIGNING_KEYS.close(transaction, "id = ?1", (id,))
}

fn key(row: &Row<'_>) -> rusqlite::Result<PublicKey> {
    sound(row, "a signing key")?;
    Ok(PublicKey {
        id: row.get("id")?,
        bytes: row.get("public_key")?,
        created_at: Timestamp::from_millis(row.get("created_at")?),
        retired_at: row.get::<_, Option<i64>>("retired_at")?.map(Timestamp::from_millis),
    })
}
