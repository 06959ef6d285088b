//! Acts of delegates, in the table `platform`. Each is written in the transaction of the act itself.

use super::items::{Reader, number};
use super::keys;
use crate::model::event::Event;
use crate::{Error, Id, Username};
use item_store::Tables;
use item_store::api::{Action, Attributes, Condition, Direction, EXPIRES, Effect, Query, SortRange, StoreError, Value};
use twclone_schema::PLATFORM;

/// How long an act is stored: 180 days, in milliseconds.
const LIFETIME: i64 = 180 * 24 * 3_600_000;

const KIND: &str = "kind";
const ACTOR: &str = "actor";
const DETAIL: &str = "detail";
const REQUEST: &str = "request";
const ADDRESS: &str = "address";

/// Reads and writes acts.
#[derive(Debug, Clone)]
pub(crate) struct DelegateAuditStore {
    tables: Tables,
}

impl DelegateAuditStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Returns the acts of an account's delegates after the given id, newest first. Costs a query.
    pub(crate) async fn list(&self, owner: &Username, after: Option<Id>, count: usize) -> Result<Vec<Event>, Error> {
        let query = Query {
            table: PLATFORM,
            partition: keys::acts(owner),
            range: SortRange::All,
            direction: Direction::Descending,
            limit: u32::try_from(count).unwrap_or(u32::MAX),
            after: after.map(keys::id),
        };
        let items = self.tables.query(query).await?.items;
        let events = items.into_iter().map(|item| decode(&item.attributes));
        Ok(events.collect::<Result<_, _>>()?)
    }

    /// Stores an act that has no transaction of its own.
    pub(crate) async fn add(&self, owner: &Username, act: &Event) -> Result<(), Error> {
        Ok(self.tables.transact(vec![record(owner, act)]).await?)
    }
}

/// Returns the action that stores an act.
pub(super) fn record(owner: &Username, act: &Event) -> Action {
    let text = Value::text;
    let mut attributes = Attributes::from_iter([
        ("id".into(), number(act.id)),
        (KIND.into(), text(act.kind.as_str())),
        (ACTOR.into(), text(act.actor.as_str())),
        (REQUEST.into(), text(&act.request_id)),
        (EXPIRES.into(), Value::Number(act.at().plus_millis(LIFETIME).seconds())),
    ]);
    let optional = [(DETAIL, &act.detail), (ADDRESS, &act.address)];
    attributes.extend(optional.into_iter().filter_map(|(name, value)| Some((name.into(), text(value.as_ref()?)))));
    Action {
        table: PLATFORM,
        key: keys::entry(keys::acts(owner), act.id),
        conditions: vec![Condition::Absent],
        effect: Effect::Put(attributes),
    }
}

fn decode(attributes: &Attributes) -> Result<Event, StoreError> {
    let reader = Reader(attributes);
    let parse = |fault: String| StoreError::Corrupt(fault);
    Ok(Event {
        id: reader.id()?,
        kind: reader.text(KIND)?.parse().map_err(parse)?,
        actor: reader.text(ACTOR)?.parse().map_err(parse)?,
        detail: reader.optional_text(DETAIL)?,
        request_id: reader.text(REQUEST)?.to_owned(),
        address: reader.optional_text(ADDRESS)?,
    })
}
