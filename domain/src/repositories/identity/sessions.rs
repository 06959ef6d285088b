use std::sync::{Arc, LazyLock};

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::find::{find, id};
use super::sealed::{SESSIONS, damaged, sound};
use super::{IdentityStore, StoredAccount, app_passwords, events, failure};
use crate::model::account::AccountState;
use crate::model::app_password::AppPassword;
use crate::model::authority::Authority;
use crate::model::event::Event;
use crate::model::session::Session;
use crate::{AccountReference, Error, Id, Timestamp};

/// Maximum number of sessions of an account. Another one ends the oldest.
const MOST: i64 = 1_000;

/// How long the last replaced refresh token yields its successor again, in milliseconds. A response may be lost, or
/// two tabs of a browser may refresh at the same time.
const AGAIN: i64 = 30_000;

static BY_ID: LazyLock<String> = LazyLock::new(|| SESSIONS.select("WHERE id = ?1"));

/// A session, with what its tokens are checked against.
#[derive(Debug, Clone)]
pub(crate) struct StoredSession {
    pub(crate) session: Session,
    pub(crate) account: StoredAccount,
    /// The account's credential version when the session began.
    pub(crate) credential_version: i64,
    /// The app password that began the session, if it was not the account's own password.
    pub(crate) app_password: Option<AppPassword>,
    pub(crate) family: Vec<u8>,
    pub(crate) newest: Vec<u8>,
    /// The token before the newest one, if any.
    pub(crate) replaced: Option<Replaced>,
}

/// The refresh token that was replaced last.
#[derive(Debug, Clone)]
pub(crate) struct Replaced {
    /// The SHA-256 of the token's own half.
    token: Vec<u8>,
    /// Salt from which, with the token, its successor is derived.
    pub(crate) salt: Vec<u8>,
    at: Timestamp,
}

impl Replaced {
    /// Returns whether this is the token, and it still yields its successor. Allows for a clock that was set back a
    /// little.
    fn gives_again(&self, token: &[u8], now: Timestamp) -> bool {
        self.token == token && (now.millis() - self.at.millis()).abs() < AGAIN
    }
}

/// A presented refresh token and its successor, as the SHA-256 of their halves.
#[derive(Debug)]
pub(crate) struct Presented {
    pub(crate) family: Vec<u8>,
    pub(crate) token: Vec<u8>,
    pub(crate) next: Vec<u8>,
    /// Salt from which, with the presented token, the successor is derived.
    pub(crate) salt: Vec<u8>,
}

impl StoredSession {
    /// Returns whether the session is valid: neither it nor what it depends on has ended.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        let account = &self.account.account;
        account.state == AccountState::Active
            && account.credential_version == self.credential_version
            && now < self.session.expires_at
            && self.app_password.as_ref().is_none_or(|app_password| app_password.holds(now))
    }
}

impl IdentityStore {
    /// Returns a session, with its account.
    pub(crate) async fn session(&self, id: Id) -> Result<Option<Arc<StoredSession>>, Error> {
        self.recall(move |connection, memory| memory.session(connection, id)).await
    }

    /// Returns the unexpired sessions of an account, newest first.
    pub(crate) async fn sessions(&self, account: Id, now: Timestamp) -> Result<Vec<Session>, Error> {
        self.read(move |connection| {
            connection
                .prepare_cached(&SESSIONS.select("WHERE account_id = ?1 AND expires_at > ?2 ORDER BY id DESC"))?
                .query_map((account.number(), now.millis()), session)?
                .collect()
        })
        .await
    }

    /// Begins a session. Deletes expired sessions.
    pub(crate) async fn begin_session(
        &self,
        authority: Authority,
        new: StoredSession,
        event: Event,
    ) -> Result<(), Error> {
        self.write_for(authority, move |transaction, account| {
            begin(transaction, account, &new, &event).map_err(failure)
        })
        .await
    }

    /// Returns the session of this family of refresh tokens.
    pub(crate) async fn session_of_family(&self, family: Vec<u8>) -> Result<Option<StoredSession>, Error> {
        self.read(move |connection| one(connection, &SESSIONS.select("WHERE family = ?1"), family)).await
    }

    /// Continues the session of a refresh token with a new token, which is derived with `replaced`. The last replaced
    /// token yields the same new token again for [`AGAIN`], until the new token is used. Any other token ends the
    /// session. Returns `None` in that case, or if there is no valid session. `ends` returns when the session ends if
    /// it is not used, given when its app password ends.
    pub(crate) async fn refresh(
        &self,
        presented: Presented,
        now: Timestamp,
        reuse: Event,
        ends: impl FnOnce(Option<Timestamp>) -> Timestamp + Send + 'static,
    ) -> Result<Option<StoredSession>, Error> {
        self.write(move |transaction| {
            let by_family = SESSIONS.select("WHERE family = ?1");
            let Some(mut found) = one(transaction, &by_family, presented.family).map_err(failure)? else {
                return Ok(None);
            };
            let number = found.session.id.number();
            if found.newest != presented.token {
                if found.replaced.as_ref().is_some_and(|replaced| replaced.gives_again(&presented.token, now)) {
                    let holds = found.holds(now);
                    return Ok(Some(found).filter(|_| holds));
                }
                transaction
                    .execute("DELETE FROM sessions WHERE id = ?1", (number,))
                    .and_then(|_| events::add(transaction, Some(found.account.account.id), &reuse))
                    .map_err(failure)?;
                return Ok(None);
            }
            if !found.holds(now) {
                return Ok(None);
            }
            let expires_at = ends(found.app_password.as_ref().and_then(|app_password| app_password.expires_at));
            transaction
                .execute(
                    "UPDATE sessions SET newest = ?2, last_used_at = ?3, expires_at = ?4, replaced = ?5, salt = ?6, \
                     replaced_at = ?3 WHERE id = ?1",
                    params![number, presented.next, now.millis(), expires_at.millis(), presented.token, presented.salt],
                )
                .and_then(|_| SESSIONS.close(transaction, "id = ?1", (number,)))
                .map_err(failure)?;
            (found.session.last_used_at, found.session.expires_at) = (now, expires_at);
            found.replaced = Some(Replaced { token: presented.token, salt: presented.salt, at: now });
            Ok(Some(found))
        })
        .await
    }

    /// Ends a session of an account. Returns whether there was one.
    pub(crate) async fn end_session(&self, authority: Authority, id: Id, event: Event) -> Result<bool, Error> {
        self.write_for(authority, move |transaction, account| {
            let delete = "DELETE FROM sessions WHERE account_id = ?1 AND id = ?2";
            let ended = transaction.execute(delete, (account.number(), id.number())).map_err(failure)?;
            if ended == 1 {
                events::add(transaction, Some(account), &event).map_err(failure)?;
            }
            Ok(ended == 1)
        })
        .await
    }
}

fn begin(transaction: &Transaction<'_>, account: Id, new: &StoredSession, event: &Event) -> rusqlite::Result<()> {
    let session = &new.session;
    let now = session.created_at.millis();
    transaction.execute("DELETE FROM sessions WHERE expires_at <= ?1", (now,))?;
    transaction.execute(
        "DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE account_id = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)",
        (account.number(), MOST - 1),
    )?;
    transaction.execute(
        "INSERT INTO sessions (id, account_id, credential_version, app_password_id, created_at, last_used_at, \
         expires_at, family, newest, user_agent, address) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            session.id.number(),
            account.number(),
            new.credential_version,
            new.app_password.as_ref().map(|app_password| app_password.id.number()),
            now,
            session.last_used_at.millis(),
            session.expires_at.millis(),
            new.family,
            new.newest,
            session.user_agent,
            session.address
        ],
    )?;
    SESSIONS.close(transaction, "id = ?1", (session.id.number(),))?;
    events::add(transaction, Some(account), event)
}

/// Returns the session with this id.
pub(super) fn by_id(connection: &Connection, id: Id) -> rusqlite::Result<Option<StoredSession>> {
    one(connection, &BY_ID, id.number())
}

fn one(connection: &Connection, query: &str, value: impl rusqlite::ToSql) -> rusqlite::Result<Option<StoredSession>> {
    let row = |row: &Row<'_>| {
        let app_password: Option<i64> = row.get("app_password_id")?;
        Ok((
            session(row)?,
            id(row, "account_id")?,
            app_password,
            row.get("credential_version")?,
            row.get("family")?,
            row.get("newest")?,
            replaced(row)?,
        ))
    };
    let found = connection.prepare_cached(query)?.query_row((value,), row).optional()?;
    let Some((session, account, app_password, credential_version, family, newest, replaced)) = found else {
        return Ok(None);
    };
    // Neither can be gone while the session exists.
    let Some(account) = find(connection, &AccountReference::Id(account))? else { return Ok(None) };
    let app_password = match app_password.and_then(Id::new) {
        Some(id) => Some(app_passwords::by_id(connection, id)?.ok_or_else(|| damaged("a session"))?),
        None => None,
    };
    Ok(Some(StoredSession { session, account, credential_version, app_password, family, newest, replaced }))
}

fn replaced(row: &Row<'_>) -> rusqlite::Result<Option<Replaced>> {
    let Some(token) = row.get("replaced")? else { return Ok(None) };
    Ok(Some(Replaced { token, salt: row.get("salt")?, at: Timestamp::from_millis(row.get("replaced_at")?) }))
}

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    sound(row, "a session")?;
    let time = |column| row.get(column).map(Timestamp::from_millis);
    Ok(Session {
        id: id(row, "id")?,
        created_at: time("created_at")?,
        last_used_at: time("last_used_at")?,
        expires_at: time("expires_at")?,
        user_agent: row.get("user_agent")?,
        address: row.get("address")?,
    })
}
