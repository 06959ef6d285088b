use rusqlite::params;

use super::sealed::{REFRESH_FAMILIES, REFRESH_TOKENS};
use super::{IdentityStore, failure};
use crate::accounts::Account;
use crate::{Error, Timestamp};

impl IdentityStore {
    /// Begins a family with its first refresh token, of which only the digest is kept. Families whose last
    /// token has run out are forgotten on the way.
    pub(crate) async fn begin_family(
        &self,
        account: &Account,
        digest: Vec<u8>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        let (id, version) = (account.id.number(), account.credential_version);
        self.write(move |transaction| {
            transaction
                .execute(
                    "DELETE FROM refresh_families WHERE id IN \
                     (SELECT family_id FROM refresh_tokens WHERE expires_at <= ?1)",
                    (now.millis(),),
                )
                .map_err(failure)?;
            transaction
                .execute(
                    "INSERT INTO refresh_families (account_id, credential_version, created_at) VALUES (?1, ?2, ?3)",
                    (id, version, now.millis()),
                )
                .map_err(failure)?;
            let family = transaction.last_insert_rowid();
            REFRESH_FAMILIES.close(transaction, "id = ?1", (family,)).map_err(failure)?;
            transaction
                .execute(
                    "INSERT INTO refresh_tokens (digest, family_id, issued_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
                    params![digest, family, now.millis(), expires_at.millis()],
                )
                .and_then(|_| REFRESH_TOKENS.close(transaction, "digest = ?1", (&digest,)))
                .map_err(failure)
        })
        .await
    }
}
