//! Finding an account. What is found has to have its seal; what is not found has to be missing between two neighbours
//! that have theirs.

use std::str::FromStr;
use std::sync::LazyLock;

use rusqlite::types::Type;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Params, Row};

use super::StoredAccount;
use super::sealed::{ACCOUNTS, damaged, sound};
use crate::model::account::{Account, AccountState, Profile};
use crate::model::author_summary::AuthorSummary;
use crate::{AccountReference, Biography, EmailAddress, FullName, Id, Timestamp, Username};

/// What every request asks, spelt once.
static BY_ID: LazyLock<String> = LazyLock::new(|| ACCOUNTS.select("WHERE id = ?1"));
static BY_NAME: LazyLock<String> = LazyLock::new(|| ACCOUNTS.select("WHERE name = ?1"));
/// What every page of posts asks for each of its authors.
static FACE: LazyLock<String> = LazyLock::new(|| ACCOUNTS.select_some("id, name, full_name, state", "WHERE name = ?1"));

/// The account with this name or id.
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

/// Sees to it that nobody has a name which was not found.
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

/// Finds the faces of accounts one after the other, in whatever the connection sees.
pub(super) struct Faces<'a> {
    connection: &'a Connection,
    statement: CachedStatement<'a>,
}

impl<'a> Faces<'a> {
    pub(super) fn new(connection: &'a Connection) -> rusqlite::Result<Self> {
        Ok(Self { connection, statement: connection.prepare_cached(&FACE)? })
    }

    /// The face of the active account with this name.
    pub(super) fn find(&mut self, name: &Username) -> rusqlite::Result<Option<AuthorSummary>> {
        // By place: a name of a column is compared with all of them.
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

/// The account in a row of [`ACCOUNTS`].
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

/// The same for a column that may be empty.
pub(super) fn optional<T: FromStr<Err = String>>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<String>>(column)?.map(|text| parse(&text)).transpose()
}

/// An id in a column.
pub(super) fn id(row: &Row<'_>, column: &str) -> rusqlite::Result<Id> {
    let id: i64 = row.get(column)?;
    Id::new(id).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, id))
}

/// What stands in the database was parsed when it came in: a fault here is a damaged file.
pub(super) fn parse<T: FromStr<Err = String>>(text: &str) -> rusqlite::Result<T> {
    text.parse().map_err(|fault: String| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, fault.into()))
}
