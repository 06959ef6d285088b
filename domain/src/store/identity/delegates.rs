use rusqlite::params;

use super::accounts::find;
use super::{IdentityStore, StoredAccount, failure};
use crate::{AccountReference, Error, Id, Timestamp, Username};

impl IdentityStore {
    /// An account, in whatever state it is, and whether `delegate` may act for it.
    pub(crate) async fn account_for(
        &self,
        account: &AccountReference,
        delegate: Id,
    ) -> Result<Option<(StoredAccount, bool)>, Error> {
        let account = account.clone();
        self.read(move |connection| {
            let Some(found) = find(connection, &account)? else { return Ok(None) };
            let may = connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM delegates WHERE account_id = ?1 AND delegate_id = ?2)")?
                .query_row((found.account.id.number(), delegate.number()), |row| row.get(0))?;
            Ok(Some((found, may)))
        })
        .await
    }

    /// The names of those who may act for an account, in order.
    pub(crate) async fn delegates(&self, account: Id) -> Result<Vec<Username>, Error> {
        let names: Vec<String> = self
            .read(move |connection| {
                connection
                    .prepare_cached(
                        "SELECT name FROM delegates JOIN accounts ON id = delegate_id WHERE account_id = ?1 \
                         ORDER BY name",
                    )?
                    .query_map((account.number(),), |row| row.get(0))?
                    .collect()
            })
            .await?;
        names.iter().map(|name| name.parse().map_err(Error::internal)).collect()
    }

    /// Lets delegates act for accounts (account, delegate), in one transaction. Answers how many of the
    /// pairs are new.
    pub(crate) async fn add_delegates(&self, pairs: Vec<(Id, Id)>, now: Timestamp) -> Result<usize, Error> {
        self.write(move |transaction| {
            let mut statement = transaction
                .prepare_cached(
                    "INSERT INTO delegates (account_id, delegate_id, created_at) VALUES (?1, ?2, ?3) \
                     ON CONFLICT DO NOTHING",
                )
                .map_err(failure)?;
            pairs.iter().try_fold(0, |added, (account, delegate)| {
                let rows = params![account.number(), delegate.number(), now.millis()];
                statement.execute(rows).map(|rows| added + rows).map_err(failure)
            })
        })
        .await
    }

    /// Takes the right to act for an account away. Answers whether there was one.
    pub(crate) async fn remove_delegate(&self, account: Id, delegate: Id) -> Result<bool, Error> {
        self.write(move |transaction| {
            transaction
                .execute(
                    "DELETE FROM delegates WHERE account_id = ?1 AND delegate_id = ?2",
                    (account.number(), delegate.number()),
                )
                .map(|rows| rows == 1)
                .map_err(failure)
        })
        .await
    }
}
