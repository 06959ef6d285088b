//! The fence of a deleted account, in the table `graph`: whatever began before the deletion and writes behind it is
//! refused.
//!
//! A transaction that writes something of an account, or to it, has the condition that the account is not fenced. Where
//! it counts something in the account's profile, the condition stands there, and costs nothing; otherwise it is a check
//! of one of several items, which only a deletion ever writes. DynamoDB refuses transactions on the same item at the same
//! time, checks included: as many copies of the item as there are let the messages to a popular account pass each other.

use super::keys;
use super::profiles::GONE;
use crate::item_store::Tables;
use crate::item_store::api::{
    Action, Attributes, Change, Condition, Effect, Item, Key, StoreError, Table, Value, Write,
};
use crate::{Error, Id, Username};

/// How many copies a fence has; as many as one batch writes at most, or fewer.
pub(super) const COPIES: u8 = 16;

/// Raises fences, and looks at them.
#[derive(Debug, Clone)]
pub(crate) struct FenceStore {
    tables: Tables,
}

impl FenceStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Whether a fence was raised. Costs a read.
    pub(crate) async fn is_raised(&self, name: &Username) -> Result<bool, Error> {
        let profile = self.tables.get(Table::Graph, keys::profile(name)).await?;
        Ok(profile.is_some_and(|profile| profile.attributes.contains_key(GONE)))
    }

    /// Refuses from now on whatever would write to an account or in its name. Doing it again harms nothing. Costs a batch
    /// write and a transaction.
    pub(crate) async fn raise(&self, name: &Username) -> Result<(), Error> {
        // The profile comes last: with its mark all copies are there.
        let put = |key: Key| Write::Put(Table::Graph, Item { key, attributes: Attributes::new() });
        self.tables.batch_write(copies(name).map(put).collect()).await?;
        let mark = Effect::Update(vec![Change::Set(GONE, Value::Flag(true))]);
        let action = Action { table: Table::Graph, key: keys::profile(name), conditions: Vec::new(), effect: mark };
        Ok(self.tables.transact(vec![action]).await?)
    }

    /// Whether a fence is whole. Costs a read of many.
    pub(crate) async fn is_whole(&self, name: &Username) -> Result<bool, Error> {
        let wanted: Vec<_> = copies(name).chain([keys::profile(name)]).collect();
        let count = wanted.len();
        let found = self.tables.batch_get(Table::Graph, wanted).await?;
        let profile = keys::profile(name);
        let is_marked = |item: &Item| item.key != profile || item.attributes.contains_key(GONE);
        Ok(found.len() == count && found.iter().all(|item| is_marked(item)))
    }

    /// Takes the mark off, so that the fence is raised again as a whole.
    pub(crate) async fn lower(&self, name: &Username) -> Result<(), Error> {
        let action = Action {
            table: Table::Graph,
            key: keys::profile(name),
            conditions: vec![Condition::AttributePresent(GONE)],
            effect: Effect::Update(vec![Change::Remove(GONE)]),
        };
        match self.tables.transact(vec![action]).await {
            Ok(()) | Err(StoreError::ConditionFailed(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn copies(name: &Username) -> impl Iterator<Item = Key> {
    (0..COPIES).map(|copy| keys::fence(name, copy))
}

/// Passes where an account is not fenced. `by` is of what is written: it picks the copy.
pub(super) fn check(name: &Username, by: Id) -> Action {
    // By its millisecond, and by its place in that.
    let copy = (by.number() ^ (by.number() >> 16)).rem_euclid(COPIES.into());
    let key = keys::fence(name, u8::try_from(copy).unwrap_or_default());
    Action { table: Table::Graph, key, conditions: vec![Condition::Absent], effect: Effect::Check }
}

/// The same on a change of the account's profile.
pub(super) fn unfenced(action: Action) -> Action {
    Action { conditions: vec![Condition::AttributeAbsent(GONE)], ..action }
}
