use std::str::FromStr;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, named_params, params};

use super::{IdentityStore, failure};
use crate::accounts::{Account, AccountState, Profile};
use crate::idempotency::{Fingerprint, Kept};
use crate::{AccountReference, Biography, EmailAddress, Error, Id, Timestamp, Username};

/// An account with what proves who it is. Never leaves the domain.
#[derive(Debug, Clone)]
pub(crate) struct StoredAccount {
    pub(crate) account: Account,
    pub(crate) password_hash: Option<String>,
}

/// An account that is to be.
#[derive(Debug, Clone)]
pub(crate) struct NewAccount {
    pub(crate) id: Id,
    pub(crate) profile: Profile,
    pub(crate) password_hash: Option<String>,
    pub(crate) created_at: Timestamp,
}

/// The idempotency key that an account is made under.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    pub(crate) kept: Kept,
    pub(crate) expires_at: Timestamp,
}

const COLUMNS: &str = "id, name, email, biography, password_hash, credential_version, state, created_at";
const BY_NAME: &str = "SELECT id, name, email, biography, password_hash, credential_version, state, created_at \
    FROM accounts WHERE name = ?1";
const BY_ID: &str = "SELECT id, name, email, biography, password_hash, credential_version, state, created_at \
    FROM accounts WHERE id = ?1";

impl IdentityStore {
    /// Looks an account up, in whatever state it is.
    pub(crate) async fn account(&self, reference: &AccountReference) -> Result<Option<StoredAccount>, Error> {
        let reference = reference.clone();
        self.read(move |connection| find(connection, &reference)).await
    }

    /// Reads accounts, newest first, that are active or in any state, behind the given id.
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
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM accounts WHERE id < ?1 AND (?2 OR state = 'active') \
                     ORDER BY id DESC LIMIT ?3"
                ))?
                .query_map(params![after, every_state, count], |row| stored(row).map(|stored| stored.account))?
                .collect()
        })
        .await
    }

    /// How many accounts there are, by state.
    pub(crate) async fn count_accounts(&self) -> Result<Vec<(String, u64)>, Error> {
        self.read(|connection| {
            connection
                .prepare("SELECT state, count(*) FROM accounts GROUP BY state ORDER BY state")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .await
    }

    /// Makes accounts in one transaction, each with its idempotency key if it has one. Answers for each
    /// whether its name was free and its key fresh; where not, nothing is changed.
    pub(crate) async fn add_accounts(
        &self,
        accounts: Vec<(NewAccount, Option<Registration>)>,
    ) -> Result<Vec<bool>, Error> {
        self.write(move |transaction| {
            accounts.iter().map(|(account, once)| add(transaction, account, once.as_ref())).collect()
        })
        .await
    }

    /// Finds what an idempotency key made that has not run out: the fingerprint and the account.
    pub(crate) async fn registration(
        &self,
        name: Fingerprint,
        now: Timestamp,
    ) -> Result<Option<(Vec<u8>, StoredAccount)>, Error> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS}, fingerprint FROM idempotency_keys JOIN accounts ON id = account_id \
                     WHERE digest = ?1 AND expires_at > ?2"
                ))?
                .query_row(params![name.as_bytes(), now.millis()], |row| Ok((row.get("fingerprint")?, stored(row)?)))
                .optional()
        })
        .await
    }

    /// Gives an account another password. What was proved with the old one counts no more.
    pub(crate) async fn set_password(&self, id: Id, hash: String) -> Result<(), Error> {
        self.change(
            "UPDATE accounts SET password_hash = ?2, credential_version = credential_version + 1 WHERE id = ?1",
            (id.number(), hash),
        )
        .await
    }

    /// Puts an account into another state. What was proved before counts no more.
    pub(crate) async fn set_state(&self, id: Id, state: AccountState) -> Result<(), Error> {
        self.change(
            "UPDATE accounts SET state = ?2, credential_version = credential_version + 1 WHERE id = ?1",
            (id.number(), state.as_str()),
        )
        .await
    }

    async fn change(&self, sql: &'static str, values: impl Params + Send + 'static) -> Result<(), Error> {
        self.write(move |transaction| transaction.execute(sql, values).map(drop).map_err(failure)).await
    }
}

/// The account with this name or id.
pub(super) fn find(connection: &Connection, reference: &AccountReference) -> rusqlite::Result<Option<StoredAccount>> {
    let found = match reference {
        AccountReference::Name(name) => connection.prepare_cached(BY_NAME)?.query_row((name.as_str(),), stored),
        AccountReference::Id(id) => connection.prepare_cached(BY_ID)?.query_row((id.number(),), stored),
    };
    found.optional()
}

fn add(transaction: &Transaction<'_>, new: &NewAccount, once: Option<&Registration>) -> Result<bool, Error> {
    if let Some(once) = once {
        let known = "SELECT EXISTS (SELECT 1 FROM idempotency_keys WHERE digest = ?1 AND expires_at > ?2)";
        let values = params![once.kept.name.as_bytes(), new.created_at.millis()];
        if transaction.query_row(known, values, |row| row.get(0)).map_err(failure)? {
            return Ok(false);
        }
    }
    let added = transaction
        .prepare_cached(
            "INSERT INTO accounts (id, name, email, biography, password_hash, created_at) \
             VALUES (:id, :name, :email, :biography, :password_hash, :created_at) ON CONFLICT (name) DO NOTHING",
        )
        .and_then(|mut statement| {
            statement.execute(named_params! {
                ":id": new.id.number(),
                ":name": new.profile.name.as_str(),
                ":email": new.profile.email.as_str(),
                ":biography": new.profile.biography.as_ref().map(Biography::as_str),
                ":password_hash": new.password_hash,
                ":created_at": new.created_at.millis(),
            })
        })
        .map_err(failure)?;
    if let Some(once) = once.filter(|_| added == 1) {
        transaction
            .execute("DELETE FROM idempotency_keys WHERE expires_at <= ?1", (new.created_at.millis(),))
            .and_then(|_| {
                transaction.execute(
                    "INSERT INTO idempotency_keys (digest, fingerprint, account_id, expires_at) \
                     VALUES (?1, ?2, ?3, ?4)",
                    params![
                        once.kept.name.as_bytes(),
                        once.kept.request.as_bytes(),
                        new.id.number(),
                        once.expires_at.millis()
                    ],
                )
            })
            .map_err(failure)?;
    }
    Ok(added == 1)
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredAccount> {
    let id: i64 = row.get("id")?;
    Ok(StoredAccount {
        account: Account {
            id: Id::new(id).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, id))?,
            profile: Profile {
                name: parse::<Username>(&row.get::<_, String>("name")?)?,
                email: parse::<EmailAddress>(&row.get::<_, String>("email")?)?,
                biography: row.get::<_, Option<String>>("biography")?.map(|text| parse(&text)).transpose()?,
            },
            state: parse(&row.get::<_, String>("state")?)?,
            credential_version: row.get("credential_version")?,
            created_at: Timestamp::from_millis(row.get("created_at")?),
        },
        password_hash: row.get("password_hash")?,
    })
}

/// What stands in the database was parsed when it came in: a fault here is a damaged file.
fn parse<T: FromStr<Err = String>>(text: &str) -> rusqlite::Result<T> {
    text.parse().map_err(|fault: String| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, fault.into()))
}
