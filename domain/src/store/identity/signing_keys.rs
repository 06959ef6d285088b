use rusqlite::params;

use super::sealed::{SIGNING_KEYS, damaged};
use super::{IdentityStore, failure};
use crate::{Error, Timestamp};

impl IdentityStore {
    /// The public keys by id, newest first.
    pub(crate) async fn signing_keys(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        self.read(|connection| {
            connection
                .prepare(&SIGNING_KEYS.select("ORDER BY created_at DESC, id"))?
                .query_map([], |row| {
                    let sound: bool = row.get("sound")?;
                    if sound { Ok((row.get("id")?, row.get("public_key")?)) } else { Err(damaged("a signing key")) }
                })?
                .collect()
        })
        .await
    }

    /// Runs `make`, which makes a key pair and keeps its private half, and keeps the public half, if there
    /// is no key yet. The write lock is held meanwhile, so that of several processes one makes it.
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
            transaction
                .execute(
                    "INSERT INTO signing_keys (id, public_key, created_at) VALUES (?1, ?2, ?3)",
                    params![id, public_key, now.millis()],
                )
                .and_then(|_| SIGNING_KEYS.close(transaction, "id = ?1", (&id,)))
                .map_err(failure)
        })
        .await
    }
}
