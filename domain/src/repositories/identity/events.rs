use rusqlite::{Row, Transaction, params};

use super::find::{find, id, parse};
use super::sealed::{EVENTS, sound};
use super::{IdentityStore, failure};
use crate::model::event::{Event, EventKind};
use crate::{AccountReference, Error, Id, Username};

/// How long events are stored: 180 days, in milliseconds.
const KEPT: i64 = 180 * 24 * 3_600_000;
/// Maximum number of events of an account, so that logins in a loop do not fill the disk.
const MOST: usize = 2_000;
/// Number of events of each kind that stay if there are more, so that a flood of logins displaces no other events.
/// All kinds together stay below `MOST`, so events are rarely counted by kind.
const MOST_OF_KIND: usize = 100;
const MOST_LOGINS: usize = 500;

impl IdentityStore {
    /// Returns the events of an account after the given id, newest first.
    pub(crate) async fn events(&self, account: Id, after: Option<Id>, count: usize) -> Result<Vec<Event>, Error> {
        let values = (account.number(), after.map_or(i64::MAX, Id::number), i64::try_from(count).unwrap_or(i64::MAX));
        self.read(move |connection| {
            connection
                .prepare_cached(&EVENTS.select("WHERE account_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"))?
                .query_map(values, event)?
                .collect()
        })
        .await
    }

    /// Stores an event that changed nothing in the account.
    pub(crate) async fn put_event(&self, account: Id, event: Event) -> Result<(), Error> {
        self.write(move |transaction| add(transaction, Some(account), &event).map_err(failure)).await
    }

    /// Returns the events of all accounts, with their names, and of the installation after the given id, newest first.
    pub(crate) async fn all_events(
        &self,
        after: Option<Id>,
        count: usize,
    ) -> Result<Vec<(Option<Username>, Event)>, Error> {
        let values = (after.map_or(i64::MAX, Id::number), i64::try_from(count).unwrap_or(i64::MAX));
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&EVENTS.select("WHERE id < ?1 ORDER BY id DESC LIMIT ?2"))?;
            let events = statement.query_map(values, |row| {
                let account = row.get::<_, Option<i64>>("account_id")?.and_then(Id::new);
                let account = account.map(|id| find(connection, &AccountReference::Id(id))).transpose()?.flatten();
                Ok((account.map(|found| found.account.profile.name), event(row)?))
            })?;
            events.collect()
        })
        .await
    }
}

/// Stores an event, in the transaction of what happened. Deletes expired events of the same account.
pub(super) fn add(transaction: &Transaction<'_>, whose: Option<Id>, event: &Event) -> rusqlite::Result<()> {
    let past = Id::first_at(event.at().plus_millis(-KEPT));
    let account = whose.map(Id::number);
    transaction
        .prepare_cached("DELETE FROM events WHERE account_id IS ?1 AND id < ?2")?
        .execute(params![account, past])?;
    transaction
        .prepare_cached(
            "INSERT INTO events (id, account_id, kind, actor, detail, request_id, address) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            event.id.number(),
            account,
            event.kind.as_str(),
            event.actor.as_str(),
            event.detail,
            event.request_id,
            event.address
        ])?;
    EVENTS.close(transaction, "id = ?1", (event.id.number(),))?;
    bound(transaction, account)?;
    event.tell(whose);
    Ok(())
}

/// Deletes the oldest events of each kind if an account has too many in all. An index tells whether it has.
fn bound(transaction: &Transaction<'_>, account: Option<i64>) -> rusqlite::Result<()> {
    let too_many = transaction
        .prepare_cached("SELECT 1 FROM events WHERE account_id IS ?1 LIMIT 1 OFFSET ?2")?
        .exists(params![account, MOST])?;
    if too_many {
        transaction
            .prepare_cached(
                "DELETE FROM events WHERE id IN (SELECT id FROM \
                 (SELECT id, kind, row_number() OVER (PARTITION BY kind ORDER BY id DESC) AS place \
                  FROM events WHERE account_id IS ?1) \
                 WHERE place > iif(kind = ?2, ?3, ?4))",
            )?
            .execute(params![account, EventKind::LoggedIn.as_str(), MOST_LOGINS, MOST_OF_KIND])?;
    }
    Ok(())
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    sound(row, "an event")?;
    Ok(Event {
        id: id(row, "id")?,
        kind: parse(&row.get::<_, String>("kind")?)?,
        actor: parse(&row.get::<_, String>("actor")?)?,
        detail: row.get("detail")?,
        request_id: row.get("request_id")?,
        address: row.get("address")?,
    })
}
