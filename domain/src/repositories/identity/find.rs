//! Finds accounts. The seal of every row found is verified. A miss is verified by checking the seals of the adjacent
//! rows.

use std::str::FromStr;
use std::sync::LazyLock;

use rusqlite::types::Type;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Params, Row};

use super::StoredAccount;
use super::sealed::{ACCOUNTS, damaged, sound};
use crate::model::account::{Account, AccountState, Profile};
use crate::model::author_summary::AuthorSummary;
use crate::{AccountReference, Biography, EmailAddress, FullName, Id, Timestamp, Username};

/// Queries of every request, formatted once.
static BY_ID: LazyLock<String> = LazyLock::new(|| ACCOUNTS.select("WHERE id = ?1"));
static BY_NAME: LazyLock<String> = LazyLock::new(|| ACCOUNTS.select("WHERE name = ?1"));
/// The query that every page of posts runs for each author.
static FACE: LazyLock<String> = LazyLock::new(|| ACCOUNTS.select_some("id, name, full_name, state", "WHERE name = ?1"));

/// Returns the account with this name or id.
pub(super) fn find(connection: &Connection, reference: &AccountReference) -> rusqlite::Result<Option<StoredAccount>> {
    match reference {
        AccountReference::Id(id) => by_id(connection, id.number()),
        AccountReference::Name(name) => by_name(connection, name),
    }
}

fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Option<StoredAccount>> {
    let found = one(connection, &BY_ID, (id,))?;
    if found.is_none() {
        for neighbour in ["WHERE id < ?1 ORDER BY id DESC LIMIT 1", "WHERE id > ?1 ORDER BY id LIMIT 1"] {
            one(connection, &ACCOUNTS.select(neighbour), (id,))?;
        }
    }
    Ok(found)
}

fn by_name(connection: &Connection, name: &Username) -> rusqlite::Result<Option<StoredAccount>> {
    let found = one(connection, &BY_NAME, (name.as_str(),))?;
    match &found {
        Some(found) if found.account.profile.name != *name => Err(damaged("the index of names")),
        Some(_) => Ok(found),
        None => missing(connection, name).map(|()| None),
    }
}

/// Verifies that a name which was not found does not exist.
fn missing(connection: &Connection, name: &Username) -> rusqlite::Result<()> {
    let below = "SELECT id FROM accounts WHERE name < ?1 ORDER BY name DESC LIMIT 1";
    let above = "SELECT id FROM accounts WHERE name > ?1 ORDER BY name LIMIT 1";
    for (neighbour, is_below) in [(below, true), (above, false)] {
        let mut statement = connection.prepare_cached(neighbour)?;
        let id: Option<i64> = statement.query_row((name.as_str(),), |row| row.get(0)).optional()?;
        let Some(id) = id else { continue };
        let found = one(connection, &BY_ID, (id,))?.map(|found| found.account.profile.name.key());
        if !found.is_some_and(|found| found != name.key() && (found < name.key()) == is_below) {
            return Err(damaged("the index of names"));
        }
    }
    Ok(())
}

/// Finds author summaries one after the other, in the connection's current snapshot.
pub(super) struct Faces<'a> {
    connection: &'a Connection,
    statement: CachedStatement<'a>,
}

impl<'a> Faces<'a> {
    pub(super) fn new(connection: &'a Connection) -> rusqlite::Result<Self> {
        Ok(Self { connection, statement: connection.prepare_cached(&FACE)? })
    }

    /// Returns the summary of the active account with this name.
    pub(super) fn find(&mut self, name: &Username) -> rusqlite::Result<Option<AuthorSummary>> {
        // Reads columns by index, because a lookup by name compares all names.
        let read = |row: &Row<'_>| {
            if !row.get::<_, bool>(4)? {
                return Err(damaged("an account"));
            }
            let id: i64 = row.get(0)?;
            let summary = AuthorSummary {
                id: Id::new(id).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, id))?,
                name: parse(row.get_ref(1)?.as_str()?)?,
                full_name: row.get_ref(2)?.as_str_or_null()?.map(|name| FullName::stored(name.to_owned())),
            };
            Ok((summary, parse::<AccountState>(row.get_ref(3)?.as_str()?)?))
        };
        match self.statement.query_row((name.as_str(),), read).optional()? {
            Some((summary, _)) if summary.name != *name => Err(damaged("the index of names")),
            Some((summary, state)) => Ok(Some(summary).filter(|_| state == AccountState::Active)),
            None => missing(self.connection, name).map(|()| None),
        }
    }
}

fn one(connection: &Connection, query: &str, values: impl Params) -> rusqlite::Result<Option<StoredAccount>> {
    connection.prepare_cached(query)?.query_row(values, stored).optional()
}

/// Decodes the account in a row of [`ACCOUNTS`].
pub(super) fn stored(row: &Row<'_>) -> rusqlite::Result<StoredAccount> {
    sound(row, "an account")?;
    Ok(StoredAccount {
        account: Account {
            id: id(row, "id")?,
            profile: Profile {
                name: parse::<Username>(&row.get::<_, String>("name")?)?,
                email: EmailAddress::stored(row.get("email")?),
                full_name: row.get::<_, Option<String>>("full_name")?.map(FullName::stored),
                biography: row.get::<_, Option<String>>("biography")?.map(Biography::stored),
            },
            role: parse(&row.get::<_, String>("role")?)?,
            profile_version: row.get("profile_version")?,
            state: parse(&row.get::<_, String>("state")?)?,
            credential_version: row.get("credential_version")?,
            created_at: Timestamp::from_millis(row.get("created_at")?),
        },
        password_hash: row.get("password_hash")?,
    })
}

/// Parses a column that may be empty.
pub(super) fn optional<T: FromStr<Err = String>>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<String>>(column)?.map(|text| parse(&text)).transpose()
}

/// Returns the id in a column.
pub(super) fn id(row: &Row<'_>, column: &str) -> rusqlite::Result<Id> {
    let id: i64 = row.get(column)?;
    Id::new(id).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, id))
}

/// Parses a stored value. Values were validated when they were stored, so an error means that the file is damaged.
pub(super) fn parse<T: FromStr<Err = String>>(text: &str) -> rusqlite::Result<T> {
    text.parse().map_err(|fault: String| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, fault.into()))
}
