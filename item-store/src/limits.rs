//! DynamoDB's limits, checked before a call reaches an engine. Source: Amazon DynamoDB Developer Guide, "Quotas in
//! Amazon DynamoDB" and the API reference of each operation.

use std::collections::HashSet;

use super::api::{Action, Attributes, Change, Condition, Effect, Item, Key, PARTITION, Query, SORT};
use super::api::{SortRange, StoreError, Table, Value, Write};

const ITEM_BYTES: usize = 400 * 1024;
const TRANSACTION_BYTES: usize = 4 * 1024 * 1024;
const BATCH_BYTES: usize = 16 * 1024 * 1024;
const PARTITION_BYTES: usize = 2_048;
const SORT_BYTES: usize = 1_024;
const NAME_BYTES: usize = 65_535;
const DEPTH: usize = 32;

type Checked = Result<(), StoreError>;

fn refuse(text: impl Into<String>) -> Checked {
    Err(StoreError::Invalid(text.into()))
}

fn ensure(holds: bool, text: &str) -> Checked {
    if holds { Ok(()) } else { refuse(text) }
}

pub(super) fn key(key: &Key) -> Checked {
    partition(&key.partition)?;
    sort(&key.sort)
}

fn partition(partition: &str) -> Checked {
    ensure((1..=PARTITION_BYTES).contains(&partition.len()), "a partition key has 1 to 2,048 bytes")
}

fn sort(sort: &str) -> Checked {
    ensure((1..=SORT_BYTES).contains(&sort.len()), "a sort key has 1 to 1,024 bytes")
}

pub(super) fn batch_get(keys: &[(Table, Key)]) -> Checked {
    ensure((1..=100).contains(&keys.len()), "a batch reads 1 to 100 items")?;
    keys.iter().try_for_each(|(_, own)| key(own))?;
    ensure(keys.iter().collect::<foldhash::HashSet<_>>().len() == keys.len(), "a batch must not read an item twice")
}

pub(super) fn query(query: &Query) -> Checked {
    ensure(query.limit >= 1, "a query reads at least 1 item")?;
    partition(&query.partition)?;
    let bounds = match &query.range {
        SortRange::All => Vec::new(),
        SortRange::BeginsWith(bound) | SortRange::AtMost(bound) | SortRange::AtLeast(bound) => vec![bound],
        SortRange::Between(low, high) => {
            ensure(low <= high, "the bounds of a range are in order")?;
            vec![low, high]
        }
    };
    bounds.into_iter().chain(&query.after).try_for_each(|bound| sort(bound))?;
    let inside = query.after.as_ref().is_none_or(|after| match &query.range {
        SortRange::All => true,
        SortRange::BeginsWith(prefix) => after.starts_with(prefix.as_str()),
        SortRange::AtMost(high) => after <= high,
        SortRange::AtLeast(low) => after >= low,
        SortRange::Between(low, high) => (low..=high).contains(&after),
    });
    ensure(inside, "a query continues after a key in its range")
}

pub(super) fn scan(after: Option<&Key>, limit: u32) -> Checked {
    ensure(limit >= 1, "a scan reads at least 1 item")?;
    after.map_or(Ok(()), key)
}

pub(super) fn transact(actions: &[Action]) -> Checked {
    ensure((1..=100).contains(&actions.len()), "a transaction has 1 to 100 actions")?;
    let mut items: HashSet<(Table, &Key)> = HashSet::new();
    let mut bytes = 0;
    for action in actions {
        key(&action.key)?;
        ensure(items.insert((action.table, &action.key)), "a transaction must not have an item twice")?;
        bytes += effect(&action.key, &action.effect)?;
        ensure(action.effect != Effect::Check || !action.conditions.is_empty(), "a check has at least one condition")?;
        for condition in &action.conditions {
            bytes += compared(condition)?;
        }
    }
    ensure(bytes <= TRANSACTION_BYTES, "a transaction has at most 4 MB")
}

pub(super) fn batch_write(writes: &[Write]) -> Checked {
    ensure((1..=25).contains(&writes.len()), "a batch writes 1 to 25 items")?;
    let mut items: HashSet<(Table, &Key)> = HashSet::new();
    let mut bytes = 0;
    for write in writes {
        let (table, own) = match write {
            Write::Put(table, item) => {
                bytes += size(&item.key, &item.attributes)?;
                (*table, &item.key)
            }
            Write::Delete(table, own) => (*table, own),
        };
        key(own)?;
        ensure(items.insert((table, own)), "a batch must not write an item twice")?;
    }
    ensure(bytes <= BATCH_BYTES, "a batch has at most 16 MB")
}

fn compared(condition: &Condition) -> Result<usize, StoreError> {
    match condition {
        Condition::Absent | Condition::Present => Ok(0),
        Condition::AttributeAbsent(name) | Condition::AttributePresent(name) => named(name).map(|()| 0),
        Condition::Equals(name, value) => attribute(name, value),
        Condition::Less(name, value) | Condition::Greater(name, value) | Condition::AbsentOrLess(name, value) => {
            let ordered = matches!(value, Value::Number(_) | Value::Text(_) | Value::Bytes(_));
            ensure(ordered, "only numbers, texts and bytes can be compared by order")?;
            attribute(name, value)
        }
    }
}

fn effect(key: &Key, effect: &Effect) -> Result<usize, StoreError> {
    match effect {
        Effect::Put(attributes) => size(key, attributes),
        Effect::Update(changes) => {
            ensure(!changes.is_empty(), "an update has at least one change")?;
            let mut names = HashSet::new();
            let mut bytes = 0;
            for change in changes {
                let (name, more) = match change {
                    Change::Set(name, value) => (*name, attribute(name, value)?),
                    Change::Add(name, number) => (*name, attribute(name, &Value::Number(*number))?),
                    Change::Remove(name) => (*name, attribute(name, &Value::Flag(true))?),
                };
                ensure(names.insert(name), "an update must not name an attribute twice")?;
                bytes += more;
            }
            Ok(bytes)
        }
        Effect::Delete | Effect::Check => Ok(0),
    }
}

/// Returns the size of an item in bytes, as DynamoDB counts it.
///
/// # Errors
/// `Invalid` if it exceeds 400 KB or an attribute is invalid.
fn size(key: &Key, attributes: &Attributes) -> Result<usize, StoreError> {
    let mut bytes = PARTITION.len() + key.partition.len() + SORT.len() + key.sort.len();
    for (name, value) in attributes {
        bytes += attribute(name, value)?;
    }
    ensure(bytes <= ITEM_BYTES, "an item has at most 400 KB")?;
    Ok(bytes)
}

/// Checks the size of an item that an update produced, which only the engine sees.
pub(super) fn item(item: &Item) -> Checked {
    size(&item.key, &item.attributes).map(drop)
}

/// Returns the size of a stored item, which is known to be valid.
pub(super) fn bytes(item: &Item) -> usize {
    size(&item.key, &item.attributes).unwrap_or(ITEM_BYTES)
}

fn attribute(name: &str, value: &Value) -> Result<usize, StoreError> {
    named(name)?;
    Ok(name.len() + measure(value, 1)?)
}

fn named(name: &str) -> Checked {
    ensure((1..=NAME_BYTES).contains(&name.len()), "the name of an attribute has 1 to 65,535 bytes")?;
    ensure(name != PARTITION && name != SORT, "the attributes must not include those of the key")
}

fn measure(value: &Value, depth: usize) -> Result<usize, StoreError> {
    ensure(depth <= DEPTH, "values are nested at most 32 deep")?;
    Ok(match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Number(number) => digits(*number),
        Value::Flag(_) => 1,
        Value::List(values) => {
            values.iter().try_fold(3, |sum, value| Ok::<_, StoreError>(sum + 1 + measure(value, depth + 1)?))?
        }
        Value::Map(values) => values.iter().try_fold(3, |sum, (name, value)| {
            ensure((1..=NAME_BYTES).contains(&name.len()), "a name in a map has 1 to 65,535 bytes")?;
            Ok::<_, StoreError>(sum + 1 + name.len() + measure(value, depth + 1)?)
        })?,
    })
}

/// Returns the size of a number: one byte, one for a minus sign, and one for each pair of digits. Trailing pairs of
/// zeros do not count.
fn digits(number: i64) -> usize {
    let mut rest = number.unsigned_abs();
    while rest != 0 && rest.is_multiple_of(100) {
        rest /= 100;
    }
    let pairs = rest.checked_ilog(100).map_or(0, |log| log as usize + 1);
    1 + usize::from(number < 0) + pairs
}
