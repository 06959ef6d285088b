use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::find::find;
use super::sealed::{DELEGATES, damaged};
use super::{IdentityStore, StoredAccount, failure};
use crate::{AccountReference, Error, Id, Timestamp, Username};

static PAIR: LazyLock<String> = LazyLock::new(|| DELEGATES.select("WHERE account_id = ?1 AND delegate_id = ?2"));

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
            let may = is_delegate(connection, found.account.id, delegate)?;
            Ok(Some((found, may)))
        })
        .await
    }

    /// The names of those who may act for an account, in order.
    pub(crate) async fn delegates(&self, account: Id) -> Result<Vec<Username>, Error> {
        self.read(move |connection| {
            // The entries before and behind them have to be sound, too.
            let below = "WHERE account_id < ?1 ORDER BY account_id DESC, delegate_id DESC LIMIT 1";
            connection.prepare_cached(&DELEGATES.select(below))?.query_row((account.number(),), delegate).optional()?;
            let from = DELEGATES.select("WHERE account_id >= ?1 ORDER BY account_id, delegate_id");
            let mut statement = connection.prepare_cached(&from)?;
            let mut rows = statement.query((account.number(),))?;
            let mut ids = Vec::new();
            while let Some(row) = rows.next()? {
                let id = delegate(row)?;
                if row.get::<_, i64>("account_id")? != account.number() {
                    break;
                }
                ids.push(id);
            }
            let names = ids.into_iter().map(|id| {
                let found = find(connection, &AccountReference::Id(id))?;
                found.map(|found| found.account.profile.name).ok_or_else(|| damaged("a delegate"))
            });
            let mut names = names.collect::<Result<Vec<_>, _>>()?;
            names.sort_by_key(Username::key);
            Ok(names)
        })
        .await
    }

    /// Lets delegates act for accounts (account, delegate), in one transaction. Answers how many of the
    /// pairs are new.
    pub(crate) async fn add_delegates(&self, pairs: Vec<(Id, Id)>, now: Timestamp) -> Result<usize, Error> {
        self.write(move |transaction| {
            let mut statement = transaction
                .prepare_cached("INSERT INTO delegates (account_id, delegate_id, created_at) VALUES (?1, ?2, ?3)")
                .map_err(failure)?;
            pairs.iter().try_fold(0, |added, (account, delegate)| {
                if is_delegate(transaction, *account, *delegate).map_err(failure)? {
                    return Ok(added);
                }
                let (account, delegate) = (account.number(), delegate.number());
                let inserted = statement.execute((account, delegate, now.millis()));
                let pair = "account_id = ?1 AND delegate_id = ?2";
                let closed = inserted.and_then(|_| DELEGATES.close(transaction, pair, (account, delegate)));
                closed.map(|()| added + 1).map_err(failure)
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

/// Whether one may act for the other. Where not, the entry is missing between two neighbours that have their seals.
fn is_delegate(connection: &Connection, account: Id, who: Id) -> rusqlite::Result<bool> {
    let one = |query: &str| {
        let values = (account.number(), who.number());
        connection.prepare_cached(query)?.query_row(values, delegate).optional()
    };
    if one(&PAIR)?.is_some() {
        return Ok(true);
    }
    let below = "WHERE (account_id, delegate_id) < (?1, ?2) ORDER BY account_id DESC, delegate_id DESC LIMIT 1";
    let above = "WHERE (account_id, delegate_id) > (?1, ?2) ORDER BY account_id, delegate_id LIMIT 1";
    one(&DELEGATES.select(below))?;
    one(&DELEGATES.select(above))?;
    Ok(false)
}

/// Who may act, in a row of [`DELEGATES`].
fn delegate(row: &Row<'_>) -> rusqlite::Result<Id> {
    let id = Id::new(row.get("delegate_id")?);
    id.filter(|_| row.get("sound").unwrap_or(false)).ok_or_else(|| damaged("a delegate"))
}
