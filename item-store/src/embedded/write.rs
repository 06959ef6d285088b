//! The actions of a call, inside the writer's transaction. First all errors of the call itself are found by reading,
//! and then everything is written.

use std::borrow::Cow;

use rusqlite::Connection;

use super::calls::{Names, Statements};
use super::gaps::Gaps;
use super::{codec, read};
use crate::api::{Action, Attributes, Change, Condition, Effect, Item, Key, StoreError, Table, Value};
use crate::limits;
use crate::sqlite::failure;

/// An action with all work done that needs no access to the store. Callers do this work, to relieve the only writer
/// thread.
#[derive(Debug)]
pub(super) struct Prepared {
    table: Table,
    key: Key,
    row: Vec<u8>,
    conditions: Vec<Condition>,
    effect: Step,
}

#[derive(Debug)]
enum Step {
    Put(Row),
    Update(Vec<Change>),
    Delete,
    Check,
}

impl Prepared {
    fn checks_absence(&self) -> bool {
        matches!(self.effect, Step::Check) && self.conditions == [Condition::Absent]
    }
}

pub(super) fn prepare(names: &Names, action: Action) -> Result<Prepared, StoreError> {
    let Action { table, key, conditions, effect } = action;
    let row = codec::key(&key.partition, &key.sort);
    let effect = match effect {
        Effect::Put(attributes) => Step::Put(Row::of(names, table, &row, &attributes)?),
        Effect::Update(changes) => Step::Update(changes),
        Effect::Delete => Step::Delete,
        Effect::Check => Step::Check,
    };
    Ok(Prepared { table, key, row, conditions, effect })
}

/// Returns what to write if all conditions hold. Only reads. No item occurs twice in a transaction, so what is read
/// here is still current when it is written.
pub(super) fn plan<'a>(
    connection: &Connection,
    names: &'a Names,
    gaps: &mut Gaps,
    actions: &'a [Prepared],
) -> Result<Vec<Planned<'a>>, StoreError> {
    let mut failed = Vec::new();
    let mut writes = Vec::with_capacity(actions.len());
    for (place, action) in actions.iter().enumerate() {
        if action.checks_absence() {
            if !is_absent(connection, names, gaps, action)? {
                failed.push(place);
            }
            continue;
        }
        let updates = matches!(action.effect, Step::Update(_));
        let stored = if updates || !action.conditions.is_empty() {
            read::stored(connection, names.of(action.table)?, &action.row)?
        } else {
            None
        };
        if !action.conditions.iter().all(|condition| holds(condition, stored.as_ref())) {
            failed.push(place);
            continue;
        }
        let row = match &action.effect {
            Step::Put(row) => Some(Cow::Borrowed(row)),
            Step::Update(changes) => {
                let attributes = updated(stored.unwrap_or_default(), changes)?;
                let item = Item { key: action.key.clone(), attributes };
                limits::item(&item)?;
                Some(Cow::Owned(Row::of(names, action.table, &action.row, &item.attributes)?))
            }
            Step::Delete => None,
            Step::Check => continue,
        };
        writes.push(Planned { table: action.table, statements: names.of(action.table)?, key: &action.row, row });
    }
    if !failed.is_empty() {
        return Err(StoreError::ConditionFailed(failed));
    }
    // Finds a missing table now, before a part is written.
    let mut prepared = "";
    for statement in writes.iter().map(Planned::statement) {
        if statement != prepared {
            connection.prepare_cached(statement).map_err(failure)?;
            prepared = statement;
        }
    }
    Ok(writes)
}

/// Whether there is no such item, which is often known.
fn is_absent(connection: &Connection, names: &Names, gaps: &mut Gaps, action: &Prepared) -> Result<bool, StoreError> {
    let (table, key) = (action.table, action.row.as_slice());
    if gaps.covers(table, key) {
        return Ok(true);
    }
    let is_absent = read::stored(connection, names.of(table)?, key)?.is_none();
    if is_absent && gaps.learns() {
        read::learn(connection, names.of(table)?, key, |end| gaps.learn(table, key, end))?;
    }
    Ok(is_absent)
}

/// Writes what was planned. After an error, the transaction has to be rolled back, because a part may have been
/// written.
pub(super) fn apply(connection: &Connection, gaps: &mut Gaps, writes: Vec<Planned<'_>>) -> rusqlite::Result<()> {
    writes.into_iter().try_for_each(|write| {
        if write.row.is_some() {
            gaps.wrote(write.table, write.key);
        }
        write.apply(connection)
    })
}

/// One write: a row, or `None` to delete the item.
pub(super) struct Planned<'a> {
    table: Table,
    statements: &'a Statements,
    key: &'a [u8],
    row: Option<Cow<'a, Row>>,
}

impl<'a> Planned<'a> {
    fn statement(&self) -> &'a str {
        if self.row.is_some() { &self.statements.put } else { &self.statements.delete }
    }

    fn apply(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(self.statement())?;
        let written = match self.row {
            Some(row) => statement.execute((self.key, row.expires, &row.item)),
            None => statement.execute((self.key,)),
        };
        written.map(drop)
    }
}

/// The columns of an item's row, without the key.
#[derive(Debug, Clone)]
struct Row {
    expires: Option<i64>,
    item: Vec<u8>,
}

impl Row {
    fn of(names: &Names, table: Table, key: &[u8], attributes: &Attributes) -> Result<Self, StoreError> {
        let item = names.of(table)?.codec.encode(key, attributes)?;
        Ok(Self { expires: codec::expires(attributes), item })
    }
}

fn holds(condition: &Condition, stored: Option<&Attributes>) -> bool {
    let attribute = |name: &str| stored.and_then(|attributes| attributes.get(name));
    match condition {
        Condition::Absent => stored.is_none(),
        Condition::Present => stored.is_some(),
        Condition::AttributeAbsent(name) => attribute(name).is_none(),
        Condition::AttributePresent(name) => attribute(name).is_some(),
        Condition::Equals(name, value) => attribute(name) == Some(value),
        Condition::Less(name, value) => attribute(name).is_some_and(|found| less(found, value)),
        Condition::Greater(name, value) => attribute(name).is_some_and(|found| less(value, found)),
        Condition::AbsentOrLess(name, value) => {
            stored.is_none() || attribute(name).is_some_and(|found| less(found, value))
        }
    }
}

/// Compares values of the same type. Values of other types are never less.
fn less(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one < other,
        (Value::Text(one), Value::Text(other)) => one < other,
        (Value::Bytes(one), Value::Bytes(other)) => one < other,
        _ => false,
    }
}

fn updated(mut attributes: Attributes, changes: &[Change]) -> Result<Attributes, StoreError> {
    for change in changes {
        match change {
            Change::Set(name, value) => {
                attributes.insert((*name).into(), value.clone());
            }
            Change::Remove(name) => {
                attributes.remove(*name);
            }
            Change::Add(name, more) => {
                let sum = match attributes.get(*name) {
                    None => Some(*more),
                    Some(Value::Number(number)) => number.checked_add(*more),
                    Some(_) => return Err(StoreError::Invalid(format!("{name} is not a number"))),
                };
                let sum = sum.ok_or_else(|| StoreError::Invalid(format!("{name} would exceed 64 bits")))?;
                attributes.insert((*name).into(), Value::Number(sum));
            }
        }
    }
    Ok(attributes)
}
