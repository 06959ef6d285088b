//! The calls that DynamoDB accepts, implemented a second time from Amazon's documentation, to compare the product's
//! own limits with.

use std::collections::HashSet;
use std::hash::Hash;

use item_store::api::{Action, Attributes, Change, Condition, Effect, Key, Query, SortRange, Table, Value, Write};

use super::call::Call;
use crate::ITEM_BYTES;

pub(super) fn allow(call: &Call) -> bool {
    match call {
        Call::Get(_, key) => is_key(key),
        Call::BatchGet(_, keys) => is_batch(keys, 100) && keys.iter().all(is_key),
        Call::BatchGetAcross(keys) => is_batch(keys, 100) && keys.iter().all(|(_, key)| is_key(key)),
        Call::Query(query) => is_query(query),
        Call::QueryAndGet(queries, _) => queries.iter().all(is_query),
        Call::Transact(actions) => {
            let items: Vec<_> = actions.iter().map(|action| (action.table, &action.key)).collect();
            is_batch(&items, 100) && actions.iter().all(is_action)
        }
        Call::BatchWrite(writes) => {
            let items: Vec<_> = writes.iter().map(place).collect();
            let is_whole = |write: &Write| match write {
                Write::Put(_, item) => is_item(&item.key, &item.attributes),
                Write::Delete(_, key) => is_key(key),
            };
            is_batch(&items, 25) && writes.iter().all(is_whole)
        }
    }
}

fn place(write: &Write) -> (Table, &Key) {
    match write {
        Write::Put(table, item) => (*table, &item.key),
        Write::Delete(table, key) => (*table, key),
    }
}

/// Returns whether a batch is not empty, not too large, and without duplicates.
fn is_batch<T: Eq + Hash>(items: &[T], most: usize) -> bool {
    !items.is_empty() && items.len() <= most && items.iter().collect::<HashSet<_>>().len() == items.len()
}

fn is_key(key: &Key) -> bool {
    is_partition(&key.partition) && is_sort(&key.sort)
}

fn is_partition(partition: &str) -> bool {
    !partition.is_empty() && partition.len() <= 2_048
}

fn is_sort(sort: &str) -> bool {
    !sort.is_empty() && sort.len() <= 1_024
}

fn is_query(query: &Query) -> bool {
    let range = match &query.range {
        SortRange::All => true,
        SortRange::BeginsWith(bound) | SortRange::AtMost(bound) | SortRange::AtLeast(bound) => is_sort(bound),
        SortRange::Between(low, high) => is_sort(low) && is_sort(high) && low <= high,
    };
    let after = query.after.as_ref().is_none_or(|after| is_sort(after) && within(&query.range, after));
    is_partition(&query.partition) && query.limit > 0 && range && after
}

pub(super) fn within(range: &SortRange, sort: &str) -> bool {
    match range {
        SortRange::All => true,
        SortRange::BeginsWith(prefix) => sort.starts_with(prefix.as_str()),
        SortRange::AtMost(high) => sort <= high.as_str(),
        SortRange::AtLeast(low) => sort >= low.as_str(),
        SortRange::Between(low, high) => sort >= low.as_str() && sort <= high.as_str(),
    }
}

fn is_action(action: &Action) -> bool {
    let effect = match &action.effect {
        Effect::Put(attributes) => is_item(&action.key, attributes),
        Effect::Update(changes) => is_update(changes),
        Effect::Delete => true,
        Effect::Check => !action.conditions.is_empty(),
    };
    effect && is_key(&action.key) && action.conditions.iter().all(is_condition)
}

fn is_update(changes: &[Change]) -> bool {
    let names: Vec<_> = changes
        .iter()
        .map(|change| match change {
            Change::Set(name, _) | Change::Add(name, _) | Change::Remove(name) => *name,
        })
        .collect();
    let values = changes.iter().all(|change| match change {
        Change::Set(_, value) => is_value(value, 32),
        Change::Add(..) | Change::Remove(_) => true,
    });
    values && is_batch(&names, usize::MAX) && names.into_iter().all(is_name)
}

fn is_condition(condition: &Condition) -> bool {
    match condition {
        Condition::Absent | Condition::Present => true,
        Condition::AttributeAbsent(name) | Condition::AttributePresent(name) => is_name(name),
        Condition::Equals(name, value) => is_name(name) && is_value(value, 32),
        Condition::Less(name, value) | Condition::Greater(name, value) | Condition::AbsentOrLess(name, value) => {
            is_name(name) && matches!(value, Value::Number(_) | Value::Text(_) | Value::Bytes(_))
        }
    }
}

/// The key's own attributes are not accessible.
fn is_name(name: &str) -> bool {
    !["", "partition", "sort"].contains(&name)
}

pub(super) fn is_item(key: &Key, attributes: &Attributes) -> bool {
    let whole = attributes.iter().all(|(name, value)| is_name(name) && is_value(value, 32));
    is_key(key) && size(key, attributes) <= ITEM_BYTES && whole
}

/// Returns whether a value is nested at most this deep, and has no empty names.
fn is_value(value: &Value, depth: usize) -> bool {
    depth > 0
        && match value {
            Value::List(values) => values.iter().all(|value| is_value(value, depth - 1)),
            Value::Map(values) => values.iter().all(|(name, value)| !name.is_empty() && is_value(value, depth - 1)),
            _ => true,
        }
}

/// Returns the size of an item in bytes:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
pub(super) fn size(key: &Key, attributes: &Attributes) -> usize {
    let own = "partition".len() + key.partition.len() + "sort".len() + key.sort.len();
    own + attributes.iter().map(|(name, value)| name.len() + value_size(value)).sum::<usize>()
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Flag(_) => 1,
        // About "1 byte per two significant digits, and 1 byte". The rest was determined with DynamoDB Local.
        Value::Number(number) => {
            let digits = format!("{:020}", number.unsigned_abs());
            let significant = digits.as_bytes().chunks(2).skip_while(|pair| pair == b"00");
            let significant: Vec<_> = significant.collect();
            let zeros = significant.iter().rev().take_while(|pair| **pair == b"00").count();
            1 + significant.len() - zeros + usize::from(*number < 0)
        }
        Value::List(values) => 3 + values.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        Value::Map(values) => 3 + values.iter().map(|(name, value)| 1 + name.len() + value_size(value)).sum::<usize>(),
    }
}
