use rusqlite::{Transaction, named_params, params};

use super::find::{find, stored};
use super::sealed::{ACCOUNTS, OUTBOX};
use super::{IdentityStore, Remembered, events, failure, idempotency};
use crate::model::account::Part;
use crate::model::account::{Account, AccountState, Profile, Role};
use crate::model::authority::Authority;
use crate::model::event::Event;
use crate::model::idempotency::Fingerprint;
use crate::{AccountReference, Biography, EmailAddress, Error, FullName, Id, Timestamp};

/// An account with its password hash. Never leaves the domain.
#[derive(Debug, Clone)]
pub(crate) struct StoredAccount {
    pub(crate) account: Account,
    pub(crate) password_hash: Option<String>,
}

/// An account to be created.
#[derive(Debug, Clone)]
pub(crate) struct NewAccount {
    pub(crate) id: Id,
    pub(crate) profile: Profile,
    pub(crate) password_hash: Option<String>,
    pub(crate) created_at: Timestamp,
}

/// The parts of an account to be changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountChange {
    pub(crate) email: Option<EmailAddress>,
    pub(crate) full_name: Part<FullName>,
    pub(crate) biography: Part<Biography>,
    pub(crate) password_hash: Option<String>,
}

impl IdentityStore {
    /// Returns an account in any state.
    pub(crate) async fn account(&self, reference: &AccountReference) -> Result<Option<StoredAccount>, Error> {
        match reference.clone() {
            AccountReference::Name(name) => {
                self.recall(move |connection, memory| memory.account(connection, name)).await
            }
            id @ AccountReference::Id(_) => self.read(move |connection| find(connection, &id)).await,
        }
    }

    /// Returns accounts after the given id, newest first, either active ones or those in any state.
    pub(crate) async fn accounts(
        &self,
        every_state: bool,
        after: Option<Id>,
        count: usize,
    ) -> Result<Vec<Account>, Error> {
        let after = after.map_or(i64::MAX, Id::number);
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.read(move |connection| {
            connection
                .prepare_cached(
                    &ACCOUNTS
                        .select("WHERE id < ?1 AND (?2 OR state = 'active' OR NOT sound) ORDER BY id DESC LIMIT ?3"),
                )?
                .query_map(params![after, every_state, count], |row| stored(row).map(|stored| stored.account))?
                .collect()
        })
        .await
    }

    /// Returns the number of accounts by state.
    pub(crate) async fn count_accounts(&self) -> Result<Vec<(String, u64)>, Error> {
        self.read(|connection| {
            connection
                .prepare("SELECT state, count(*) FROM accounts GROUP BY state ORDER BY state")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .await
    }

    /// Creates accounts in one transaction, each with its idempotency key if it has one. Returns for each whether its
    /// name was free and its key new. If not, nothing is changed for it.
    pub(crate) async fn add_accounts(
        &self,
        accounts: Vec<(NewAccount, Option<Remembered>)>,
    ) -> Result<Vec<bool>, Error> {
        let added = self.write(move |transaction| {
            accounts.iter().map(|(account, once)| add(transaction, account, once.as_ref())).collect()
        });
        added.await.inspect(|_| self.changed.notify_one())
    }

    /// Returns what an unexpired idempotency key made: the request's fingerprint and the account.
    pub(crate) async fn registration(
        &self,
        name: Fingerprint,
        now: Timestamp,
    ) -> Result<Option<(Vec<u8>, StoredAccount)>, Error> {
        self.read(move |connection| {
            let Some((fingerprint, account)) = idempotency::known(connection, &name, now)? else { return Ok(None) };
            Ok(find(connection, &AccountReference::Id(account))?.map(|account| (fingerprint, account)))
        })
        .await
    }

    /// Changes the given parts of an account, and stores the event. A new password ends everything that was proved
    /// with the old one or created with it: sessions, access tokens and app passwords.
    pub(crate) async fn change_account(
        &self,
        authority: Authority,
        change: AccountChange,
        event: Event,
    ) -> Result<(), Error> {
        self.change(authority, event, move |transaction, id| {
            if let Some(email) = change.email {
                transaction.execute("UPDATE accounts SET email = ?2 WHERE id = ?1", (id.number(), email.as_str()))?;
            }
            if change.full_name != Part::Same {
                let name = change.full_name.new_part().map(FullName::as_str);
                transaction.execute("UPDATE accounts SET full_name = ?2 WHERE id = ?1", (id.number(), name))?;
            }
            if change.biography != Part::Same {
                let biography = change.biography.new_part().map(Biography::as_str);
                transaction.execute("UPDATE accounts SET biography = ?2 WHERE id = ?1", (id.number(), biography))?;
            }
            if let Some(hash) = change.password_hash {
                transaction.execute("UPDATE accounts SET password_hash = ?2 WHERE id = ?1", (id.number(), hash))?;
                end_all(transaction, id)?;
                transaction.execute("DELETE FROM app_passwords WHERE account_id = ?1", (id.number(),))?;
            }
            Ok(())
        })
        .await
    }

    /// Replaces the hash of the same password. Returns `false` if the password has changed or the account was deleted
    /// meanwhile.
    pub(crate) async fn renew_hash(&self, id: Id, old: String, new: String) -> Result<bool, Error> {
        self.write(move |transaction| {
            let renew =
                "UPDATE accounts SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2 AND state <> 'deleted'";
            let renewed = find(transaction, &AccountReference::Id(id)).and_then(|_| {
                let renewed = transaction.execute(renew, params![id.number(), old, new])?;
                ACCOUNTS.close(transaction, "id = ?1", (id.number(),))?;
                Ok(renewed == 1)
            });
            renewed.map_err(failure)
        })
        .await
    }

    /// Changes the state of an account, and ends its sessions.
    pub(crate) async fn set_state(&self, authority: Authority, state: AccountState, event: Event) -> Result<(), Error> {
        self.change(authority, event, move |transaction, id| {
            transaction.execute("UPDATE accounts SET state = ?2 WHERE id = ?1", (id.number(), state.as_str()))?;
            end_all(transaction, id)
        })
        .await
    }

    /// Changes the role of an account.
    pub(crate) async fn set_role(&self, authority: Authority, role: Role, event: Event) -> Result<(), Error> {
        self.change(authority, event, move |transaction, id| {
            transaction.execute("UPDATE accounts SET role = ?2 WHERE id = ?1", (id.number(), role.as_str())).map(drop)
        })
        .await
    }

    /// Changes an account, and queues its profile for DynamoDB. Verifies the row first, because a damaged row must
    /// not get a new seal.
    pub(super) async fn change(
        &self,
        authority: Authority,
        event: Event,
        change: impl FnOnce(&Transaction<'_>, Id) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<(), Error> {
        self.write_for(authority, move |transaction, id| {
            let changed = change(transaction, id).and_then(|()| {
                let version = "UPDATE accounts SET profile_version = profile_version + 1 WHERE id = ?1";
                transaction.execute(version, (id.number(),))?;
                ACCOUNTS.close(transaction, "id = ?1", (id.number(),))?;
                queue(transaction, id)?;
                events::add(transaction, Some(id), &event)
            });
            changed.map_err(failure)
        })
        .await
        .inspect(|()| self.changed.notify_one())
    }
}

/// Ends all sessions of an account: deletes their rows, and invalidates access tokens by the credential version.
pub(super) fn end_all(transaction: &Transaction<'_>, id: Id) -> rusqlite::Result<()> {
    let version = "UPDATE accounts SET credential_version = credential_version + 1 WHERE id = ?1";
    transaction.execute(version, (id.number(),))?;
    transaction.execute("DELETE FROM sessions WHERE account_id = ?1", (id.number(),)).map(drop)
}

/// Queues an account's current profile for DynamoDB.
fn queue(transaction: &Transaction<'_>, id: Id) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO outbox (account_id, version) SELECT id, profile_version FROM accounts WHERE id = ?1",
        )?
        .execute((id.number(),))?;
    OUTBOX.close(transaction, "account_id = ?1", (id.number(),))
}

fn add(transaction: &Transaction<'_>, new: &NewAccount, once: Option<&Remembered>) -> Result<bool, Error> {
    if let Some(once) = once
        && idempotency::known(transaction, &once.kept.name, new.created_at).map_err(failure)?.is_some()
    {
        return Ok(false);
    }
    let (id, name) = (new.id.number(), &new.profile.name);
    // Without this, SQLite would trust its index of names, even if it is damaged.
    if find(transaction, &AccountReference::Name(name.clone())).map_err(failure)?.is_some() {
        return Ok(false);
    }
    transaction
        .prepare_cached(
            "INSERT INTO accounts (id, name, email, full_name, biography, password_hash, created_at) \
             VALUES (:id, :name, :email, :full_name, :biography, :password_hash, :created_at)",
        )
        .and_then(|mut statement| {
            statement.execute(named_params! {
                ":id": id,
                ":name": name.as_str(),
                ":email": new.profile.email.as_str(),
                ":full_name": new.profile.full_name.as_ref().map(FullName::as_str),
                ":biography": new.profile.biography.as_ref().map(Biography::as_str),
                ":password_hash": new.password_hash,
                ":created_at": new.created_at.millis(),
            })
        })
        .and_then(|_| ACCOUNTS.close(transaction, "id = ?1", (id,)))
        .and_then(|()| queue(transaction, new.id))
        .map_err(failure)?;
    if let Some(once) = once {
        idempotency::remember(transaction, once, new.id, new.created_at).map_err(failure)?;
    }
    Ok(true)
}
