use std::sync::{Arc, LazyLock};

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::find::{find, id, optional};
use super::sealed::{APP_PASSWORDS, sound};
use super::{IdentityStore, Remembered, StoredAccount, events, failure, idempotency};
use crate::model::account::AccountState;
use crate::model::app_password::{AppPassword, AppPasswordName};
use crate::model::authority::Authority;
use crate::model::event::Event;
use crate::model::scope::Scope;
use crate::{AccountReference, Error, Id, Timestamp};

static BY_ID: LazyLock<String> = LazyLock::new(|| APP_PASSWORDS.select("WHERE id = ?1"));
static BY_DIGEST: LazyLock<String> = LazyLock::new(|| APP_PASSWORDS.select("WHERE digest = ?1"));

/// An account, with the app password that was used instead of the account's own password, if any.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) account: StoredAccount,
    pub(crate) app_password: Option<AppPassword>,
}

impl Holder {
    /// Returns whether both can be used.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        self.account.account.state == AccountState::Active
            && self.app_password.as_ref().is_none_or(|app_password| app_password.holds(now))
    }
}

/// The outcome of adding an app password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    /// It was added.
    Now,
    /// An earlier request with the same idempotency key added one.
    Before,
}

impl IdentityStore {
    /// Returns the app password with this digest, and its account in any state.
    pub(crate) async fn app_password(&self, digest: Vec<u8>) -> Result<Option<(StoredAccount, AppPassword)>, Error> {
        self.read(move |connection| {
            let Some((account, app_password)) = one(connection, &BY_DIGEST, digest)? else { return Ok(None) };
            let account = find(connection, &AccountReference::Id(account))?;
            Ok(account.map(|account| (account, app_password)))
        })
        .await
    }

    /// Returns the account with this id in any state, and, if one is named, its app password with that id. Returns
    /// `None` if either does not exist, or the app password belongs to another account.
    pub(crate) async fn holder(&self, account: Id, app_password: Option<Id>) -> Result<Option<Arc<Holder>>, Error> {
        self.recall(move |connection, memory| memory.holder(connection, account, app_password)).await
    }

    /// Returns the app passwords of an account, newest first.
    pub(crate) async fn app_passwords(&self, account: Id) -> Result<Vec<AppPassword>, Error> {
        self.read(move |connection| {
            connection
                .prepare_cached(&APP_PASSWORDS.select("WHERE account_id = ?1 ORDER BY id DESC"))?
                .query_map((account.number(),), app_password)?
                .collect()
        })
        .await
    }

    /// Adds an app password, in one transaction with its idempotency key. An account has at most `most`.
    pub(crate) async fn add_app_password(
        &self,
        authority: Authority,
        new: AppPassword,
        digest: Vec<u8>,
        once: Option<Remembered>,
        most: i64,
        event: Event,
    ) -> Result<Added, Error> {
        self.write_for(authority, move |transaction, account| {
            if let Some(once) = &once {
                match idempotency::known(transaction, &once.kept.name, new.created_at).map_err(failure)? {
                    Some((request, _)) if request == once.kept.request.as_bytes() => return Ok(Added::Before),
                    Some(_) => return Err(Error::KeyReused),
                    None => idempotency::remember(transaction, once, account, new.created_at).map_err(failure)?,
                }
            }
            let count = "SELECT count(*) FROM app_passwords WHERE account_id = ?1";
            let count: i64 = transaction.query_row(count, (account.number(),), |row| row.get(0)).map_err(failure)?;
            if count >= most {
                return Err(Error::Conflict(format!(
                    "you have {most} app passwords, which is the limit; revoke one first"
                )));
            }
            transaction
                .execute(
                    "INSERT INTO app_passwords (id, account_id, name, digest, scope, created_at, expires_at) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![
                        new.id.number(),
                        account.number(),
                        new.name.as_str(),
                        digest,
                        new.scope.map(Scope::as_str),
                        new.created_at.millis(),
                        new.expires_at.map(Timestamp::millis)
                    ],
                )
                .and_then(|_| APP_PASSWORDS.close(transaction, "id = ?1", (new.id.number(),)))
                .and_then(|()| events::add(transaction, Some(account), &event))
                .map(|()| Added::Now)
                .map_err(failure)
        })
        .await
    }

    /// Deletes an app password and the sessions begun with it. Returns whether it existed.
    pub(crate) async fn remove_app_password(&self, authority: Authority, id: Id, event: Event) -> Result<bool, Error> {
        self.write_for(authority, move |transaction, account| {
            let delete = "DELETE FROM app_passwords WHERE account_id = ?1 AND id = ?2";
            let removed = transaction.execute(delete, (account.number(), id.number())).map_err(failure)?;
            if removed == 1 {
                events::add(transaction, Some(account), &event).map_err(failure)?;
            }
            Ok(removed == 1)
        })
        .await
    }
}

/// Returns the app password with this id.
pub(super) fn by_id(connection: &Connection, id: Id) -> rusqlite::Result<Option<AppPassword>> {
    Ok(one(connection, &BY_ID, id.number())?.map(|(_, app_password)| app_password))
}

/// Returns the account with this id and, if one is named, its app password with that id.
pub(super) fn holder(
    connection: &Connection,
    account: Id,
    app_password: Option<Id>,
) -> rusqlite::Result<Option<Holder>> {
    let app_password = match app_password {
        Some(id) => match one(connection, &BY_ID, id.number())? {
            Some((owner, app_password)) if owner == account => Some(app_password),
            _ => return Ok(None),
        },
        None => None,
    };
    let account = find(connection, &AccountReference::Id(account))?;
    Ok(account.map(|account| Holder { account, app_password }))
}

/// Returns an app password, and the id of its account.
fn one(
    connection: &Connection,
    query: &str,
    value: impl rusqlite::ToSql,
) -> rusqlite::Result<Option<(Id, AppPassword)>> {
    let row = |row: &Row<'_>| Ok((id(row, "account_id")?, app_password(row)?));
    connection.prepare_cached(query)?.query_row((value,), row).optional()
}

fn app_password(row: &Row<'_>) -> rusqlite::Result<AppPassword> {
    sound(row, "an app password")?;
    Ok(AppPassword {
        id: id(row, "id")?,
        name: AppPasswordName::stored(row.get("name")?),
        scope: optional(row, "scope")?,
        created_at: Timestamp::from_millis(row.get("created_at")?),
        expires_at: row.get::<_, Option<i64>>("expires_at")?.map(Timestamp::from_millis),
    })
}
