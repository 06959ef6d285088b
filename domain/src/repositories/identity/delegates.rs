use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::find::{find, id, optional};
use super::sealed::{DELEGATES, damaged, sound};
use super::{IdentityStore, StoredAccount, events, failure};
use crate::model::account::AccountState;
use crate::model::authority::Authority;
use crate::model::delegate::{Delegate, Grant};
use crate::model::event::Event;
use crate::model::scope::Scope;
use crate::{AccountReference, Error, Id, Timestamp};

static PAIR: LazyLock<String> = LazyLock::new(|| DELEGATES.select("WHERE account_id = ?1 AND delegate_id = ?2"));

impl IdentityStore {
    /// Returns an account in any state, and the grant of `delegate` for it, expired or not, if there is one.
    pub(crate) async fn account_for(
        &self,
        account: &AccountReference,
        delegate: Id,
    ) -> Result<Option<(StoredAccount, Option<Grant>)>, Error> {
        let account = account.clone();
        self.read(move |connection| {
            let Some(found) = find(connection, &account)? else { return Ok(None) };
            let grant = granted(connection, found.account.id, delegate)?;
            Ok(Some((found, grant)))
        })
        .await
    }

    /// Returns the delegates of an account, sorted by name.
    pub(crate) async fn delegates(&self, account: Id) -> Result<Vec<Delegate>, Error> {
        self.read(move |connection| {
            // The adjacent rows are verified, too, so that none is missed.
            let below = "WHERE account_id < ?1 ORDER BY account_id DESC, delegate_id DESC LIMIT 1";
            connection.prepare_cached(&DELEGATES.select(below))?.query_row((account.number(),), grant).optional()?;
            let from = DELEGATES.select("WHERE account_id >= ?1 ORDER BY account_id, delegate_id");
            let mut statement = connection.prepare_cached(&from)?;
            let mut rows = statement.query((account.number(),))?;
            let mut grants = Vec::new();
            while let Some(row) = rows.next()? {
                let grant = grant(row)?;
                if row.get::<_, i64>("account_id")? != account.number() {
                    break;
                }
                grants.push(grant);
            }
            let delegates = grants.into_iter().map(|(id, grant)| {
                let found = find(connection, &AccountReference::Id(id))?.ok_or_else(|| damaged("a delegate"))?;
                Ok(Delegate { id, name: found.account.profile.name, grant })
            });
            let mut delegates = delegates.collect::<rusqlite::Result<Vec<_>>>()?;
            delegates.sort_by_key(|delegate| delegate.name.key());
            Ok(delegates)
        })
        .await
    }

    /// Adds or changes a delegate of an account. Returns whether that is new or differs from before.
    ///
    /// # Errors
    /// `NotFound` if the delegate's own account is not active.
    pub(crate) async fn put_delegate(
        &self,
        authority: Authority,
        delegate: Id,
        grant: Grant,
        event: Event,
    ) -> Result<Granted, Error> {
        self.write_for(authority, move |transaction, account| {
            let found = find(transaction, &AccountReference::Id(delegate)).map_err(failure)?;
            if found.is_none_or(|found| found.account.state != AccountState::Active) {
                return Err(Error::NotFound(format!("there is no user {delegate}")));
            }
            let before = granted(transaction, account, delegate).map_err(failure)?;
            let fate = match before {
                None => Granted::Created,
                Some(before) if (before.scope, before.expires_at) == (grant.scope, grant.expires_at) => {
                    return Ok(Granted::Unchanged);
                }
                Some(_) => Granted::Changed,
            };
            put(transaction, account, delegate, &grant)
                .and_then(|()| events::add(transaction, Some(account), &event))
                .map(|()| fate)
                .map_err(failure)
        })
        .await
    }

    /// Removes a delegate of an account. Returns whether there was one.
    pub(crate) async fn remove_delegate(
        &self,
        authority: Authority,
        delegate: Id,
        event: Event,
    ) -> Result<bool, Error> {
        self.write_for(authority, move |transaction, account| {
            let delete = "DELETE FROM delegates WHERE account_id = ?1 AND delegate_id = ?2";
            let removed = transaction.execute(delete, (account.number(), delegate.number())).map_err(failure)?;
            if removed == 1 {
                events::add(transaction, Some(account), &event).map_err(failure)?;
            }
            Ok(removed == 1)
        })
        .await
    }
}

/// The outcome of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granted {
    /// There was no grant.
    Created,
    /// There was a different grant.
    Changed,
    /// There was the same grant.
    Unchanged,
}

fn put(transaction: &Transaction<'_>, account: Id, delegate: Id, grant: &Grant) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO delegates (account_id, delegate_id, created_at, scope, expires_at) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            account.number(),
            delegate.number(),
            grant.created_at.millis(),
            grant.scope.map(Scope::as_str),
            grant.expires_at.map(Timestamp::millis)
        ])?;
    DELEGATES.close(transaction, "account_id = ?1 AND delegate_id = ?2", (account.number(), delegate.number()))
}

/// Returns what one account may do for the other. A miss is verified by checking the seals of the adjacent rows.
fn granted(connection: &Connection, account: Id, who: Id) -> rusqlite::Result<Option<Grant>> {
    let one = |query: &str| {
        let values = (account.number(), who.number());
        connection.prepare_cached(query)?.query_row(values, grant).optional()
    };
    if let Some((_, grant)) = one(&PAIR)? {
        return Ok(Some(grant));
    }
    let below = "WHERE (account_id, delegate_id) < (?1, ?2) ORDER BY account_id DESC, delegate_id DESC LIMIT 1";
    let above = "WHERE (account_id, delegate_id) > (?1, ?2) ORDER BY account_id, delegate_id LIMIT 1";
    one(&DELEGATES.select(below))?;
    one(&DELEGATES.select(above))?;
    Ok(None)
}

/// Decodes the delegate and the grant in a row of [`DELEGATES`].
fn grant(row: &Row<'_>) -> rusqlite::Result<(Id, Grant)> {
    sound(row, "a delegate")?;
    let grant = Grant {
        scope: optional(row, "scope")?,
        created_at: Timestamp::from_millis(row.get("created_at")?),
        expires_at: row.get::<_, Option<i64>>("expires_at")?.map(Timestamp::from_millis),
    };
    Ok((id(row, "delegate_id")?, grant))
}
