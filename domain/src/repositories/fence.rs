//! The fence of a deleted account, in the table `graph`. It rejects writes that began before the deletion and end
//! after it.
//!
//! A transaction that writes to an account, or in its name, has the condition that the account is not fenced. If it
//! changes a counter in the account's profile, the profile has the condition, which costs nothing. Otherwise it
//! checks one of several copies of the fence, which only a deletion ever writes. DynamoDB rejects concurrent
//! transactions on the same item, even if they only check it. With several copies, concurrent messages to a popular
//! account rarely collide.

use super::keys;
use super::profiles::GONE;
use crate::{Error, Id, Username};
use item_store::Tables;
use item_store::api::{Action, Attributes, Change, Condition, Effect, Item, Key, StoreError, Value, Write};
use twclone_schema::GRAPH;

/// Number of copies of a fence. At most 25, the size of a batch write.
pub(super) const COPIES: u8 = 16;

/// Raises and checks fences.
#[derive(Debug, Clone)]
pub(crate) struct FenceStore {
    tables: Tables,
}

impl FenceStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Returns whether a fence is raised. Costs a read.
    pub(crate) async fn is_raised(&self, name: &Username) -> Result<bool, Error> {
        let profile = self.tables.get(GRAPH, keys::profile(name)).await?;
        Ok(profile.is_some_and(|profile| profile.attributes.contains_key(GONE)))
    }

    /// Raises a fence: rejects all later writes to an account or in its name. Idempotent. Costs a batch write and a
    /// transaction.
    pub(crate) async fn raise(&self, name: &Username) -> Result<(), Error> {
        // The profile comes last, so that its mark implies all copies.
        let put = |key: Key| Write::Put(GRAPH, Item { key, attributes: Attributes::new() });
        self.tables.batch_write(copies(name).map(put).collect()).await?;
        let mark = Effect::Update(vec![Change::Set(GONE, Value::Flag(true))]);
        let action = Action { table: GRAPH, key: keys::profile(name), conditions: Vec::new(), effect: mark };
        Ok(self.tables.transact(vec![action]).await?)
    }

    /// Returns whether a fence has its mark and all copies. Costs a batch get.
    pub(crate) async fn is_whole(&self, name: &Username) -> Result<bool, Error> {
        let wanted: Vec<_> = copies(name).chain([keys::profile(name)]).collect();
        let count = wanted.len();
        let found = self.tables.batch_get(GRAPH, wanted).await?;
        let profile = keys::profile(name);
        let is_marked = |item: &Item| item.key != profile || item.attributes.contains_key(GONE);
        Ok(found.len() == count && found.iter().all(|item| is_marked(item)))
    }

    /// Removes the mark, so that the whole fence is raised again.
    pub(crate) async fn lower(&self, name: &Username) -> Result<(), Error> {
        let action = Action {
            table: GRAPH,
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

/// Checks that an account is not fenced. `by` is the id of what is written, and selects the copy.
pub(super) fn check(name: &Username, by: Id) -> Action {
    // Depends on the millisecond and on the sequence number in the id.
    let copy = (by.number() ^ (by.number() >> 16)).rem_euclid(COPIES.into());
    let key = keys::fence(name, u8::try_from(copy).unwrap_or_default());
    Action { table: GRAPH, key, conditions: vec![Condition::Absent], effect: Effect::Check }
}

/// Adds the condition that an account is not fenced to a change of its profile.
pub(super) fn unfenced(action: Action) -> Action {
    Action { conditions: vec![Condition::AttributeAbsent(GONE)], ..action }
}
