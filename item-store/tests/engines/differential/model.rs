//! A model of a store in the simplest form: a map, and DynamoDB's definitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use item_store::api::{
    Action, Attributes, Change, Condition, Direction, Effect, Item, Key, Query, QueryPage, Table, Value, Write,
};

use super::call::{Answer, Call, named};
use super::rules;

const PAGE_BYTES: usize = 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Model {
    items: BTreeMap<(Table, Key), Attributes>,
}

/// The items that a call writes. `None` deletes an item.
pub(super) type Writes = Vec<((Table, Key), Option<Attributes>)>;

/// The reason why an action is refused.
enum Refusal {
    Condition,
    Invalid,
}

impl Model {
    /// Returns the expected result of a call, and what it writes.
    pub(super) fn plan(&self, call: &Call) -> (Answer, Writes) {
        if !rules::allow(call) {
            return (Answer::Refused, Vec::new());
        }
        let answer = match call {
            Call::Get(table, key) => Answer::Item(self.item(table, key)),
            Call::BatchGet(table, keys) => {
                let mut items: Vec<_> = keys.iter().filter_map(|key| self.item(table, key)).collect();
                items.sort_by(|one, other| one.key.cmp(&other.key));
                Answer::Items(items)
            }
            Call::BatchGetAcross(keys) => {
                let mut keys: Vec<_> = keys.iter().collect();
                keys.sort();
                let items = keys.into_iter().filter_map(|(table, key)| Some((*table, self.item(table, key)?)));
                Answer::Placed(items.collect())
            }
            Call::Query(query) => Answer::Page(self.page(query)),
            Call::QueryAndGet(queries, table) => {
                let pages: Vec<_> = queries.iter().map(|query| self.page(query)).collect();
                let items = named(&pages).iter().filter_map(|key| self.item(table, key)).collect();
                Answer::Referred(pages.into_iter().map(|page| page.items).collect(), items)
            }
            Call::Transact(actions) => return self.transact(actions),
            Call::BatchWrite(writes) => {
                let writes = writes.iter().cloned().map(|write| match write {
                    Write::Put(table, item) => ((table, item.key), Some(item.attributes)),
                    Write::Delete(table, key) => ((table, key), None),
                });
                return (Answer::Written, writes.collect());
            }
        };
        (answer, Vec::new())
    }

    pub(super) fn apply(&mut self, writes: Writes) {
        for (place, attributes) in writes {
            match attributes {
                Some(attributes) => drop(self.items.insert(place, attributes)),
                None => drop(self.items.remove(&place)),
            }
        }
    }

    /// Returns all items of a partition, in order.
    pub(super) fn partition<'a>(&'a self, table: Table, partition: &'a str) -> impl Iterator<Item = Arc<Item>> + 'a {
        let own = self.items.iter().filter(move |((own, key), _)| *own == table && key.partition == partition);
        own.map(|((_, key), attributes)| Arc::new(Item { key: key.clone(), attributes: attributes.clone() }))
    }

    /// Returns whether an update makes a number overflow 64 bits.
    pub(super) fn overflows(&self, actions: &[Action]) -> bool {
        actions.iter().any(|action| {
            let stored = self.items.get(&(action.table, action.key.clone()));
            let Effect::Update(changes) = &action.effect else { return false };
            changes.iter().any(|change| match (change, stored) {
                (Change::Add(name, more), Some(stored)) => {
                    matches!(stored.get(*name), Some(Value::Number(number)) if number.checked_add(*more).is_none())
                }
                _ => false,
            })
        })
    }

    fn item(&self, table: Table, key: &Key) -> Option<Arc<Item>> {
        let attributes = self.items.get(&(table, key.clone()))?;
        Some(Arc::new(Item { key: key.clone(), attributes: attributes.clone() }))
    }

    fn page(&self, query: &Query) -> QueryPage {
        let behind = |sort: &CompactString| match (&query.after, query.direction) {
            (None, _) => true,
            (Some(after), Direction::Ascending) => sort > after,
            (Some(after), Direction::Descending) => sort < after,
        };
        let mut found: Vec<_> = self
            .partition(query.table, &query.partition)
            .filter(|item| rules::within(&query.range, &item.key.sort) && behind(&item.key.sort))
            .collect();
        if query.direction == Direction::Descending {
            found.reverse();
        }
        let mut bytes = 0;
        let mut items = Vec::new();
        for item in found {
            bytes += rules::size(&item.key, &item.attributes);
            items.push(item);
            if items.len() == usize::try_from(query.limit).unwrap() || bytes >= PAGE_BYTES {
                let next = items.last().map(|item| item.key.sort.clone());
                return QueryPage { items, next };
            }
        }
        QueryPage { items, next: None }
    }

    fn transact(&self, actions: &[Action]) -> (Answer, Writes) {
        let mut writes = Vec::new();
        let mut failed = Vec::new();
        let mut invalid = false;
        for (place, action) in actions.iter().enumerate() {
            match self.act(action) {
                Ok(after) => writes.push(((action.table, action.key.clone()), after)),
                Err(Refusal::Condition) => failed.push(place),
                Err(Refusal::Invalid) => invalid = true,
            }
        }
        if invalid {
            (Answer::Refused, Vec::new())
        } else if failed.is_empty() {
            (Answer::Written, writes)
        } else {
            (Answer::Failed(failed), Vec::new())
        }
    }

    /// Returns the attributes after an action, or `None` without an item.
    fn act(&self, action: &Action) -> Result<Option<Attributes>, Refusal> {
        let stored = self.items.get(&(action.table, action.key.clone()));
        if !action.conditions.iter().all(|condition| holds(condition, stored)) {
            return Err(Refusal::Condition);
        }
        Ok(match &action.effect {
            Effect::Put(attributes) => Some(attributes.clone()),
            Effect::Delete => None,
            Effect::Check => stored.cloned(),
            Effect::Update(changes) => {
                let mut attributes = stored.cloned().unwrap_or_default();
                for change in changes {
                    update(&mut attributes, change)?;
                }
                if !rules::is_item(&action.key, &attributes) {
                    return Err(Refusal::Invalid);
                }
                Some(attributes)
            }
        })
    }
}

fn update(attributes: &mut Attributes, change: &Change) -> Result<(), Refusal> {
    match change {
        Change::Set(name, value) => drop(attributes.insert((*name).into(), value.clone())),
        Change::Remove(name) => drop(attributes.remove(*name)),
        Change::Add(name, more) => {
            let before = match attributes.get(*name) {
                None => 0,
                Some(Value::Number(number)) => *number,
                Some(_) => return Err(Refusal::Invalid),
            };
            let sum = before.checked_add(*more).ok_or(Refusal::Invalid)?;
            attributes.insert((*name).into(), Value::Number(sum));
        }
    }
    Ok(())
}

fn holds(condition: &Condition, stored: Option<&Attributes>) -> bool {
    let found = |name: &str| stored.and_then(|attributes| attributes.get(name));
    let is_less = |one: Option<&Value>, other: Option<&Value>| match (one, other) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => one < other,
        (Some(Value::Text(one)), Some(Value::Text(other))) => one.as_bytes() < other.as_bytes(),
        (Some(Value::Bytes(one)), Some(Value::Bytes(other))) => one < other,
        _ => false,
    };
    match condition {
        Condition::Absent => stored.is_none(),
        Condition::Present => stored.is_some(),
        Condition::AttributeAbsent(name) => found(name).is_none(),
        Condition::AttributePresent(name) => found(name).is_some(),
        Condition::Equals(name, value) => found(name) == Some(value),
        Condition::Less(name, value) => is_less(found(name), Some(value)),
        Condition::Greater(name, value) => is_less(Some(value), found(name)),
        Condition::AbsentOrLess(name, value) => stored.is_none() || is_less(found(name), Some(value)),
    }
}
