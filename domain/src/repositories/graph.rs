//! Follows, mutes and blocks, in the table `graph`.
//!
//! The relation of one account to another is one item, so one read tells whether the one may see the other. The lists
//! of followers, followed, blocked and muted accounts contain references, in the order in which they were added.
//! Profiles store the counters, which change in the transaction of what they count.

mod follow;
mod restriction;

pub(crate) use follow::{Followed, followed};

use compact_str::CompactString;
use twclone_schema::{GRAPH, TIMELINES};

use super::entries::Part;
use super::jobs::JobStore;
use super::{items, keys};
use crate::model::event::Event;
use crate::{AccountReference, Error, Id, Username};
use item_store::Tables;
use item_store::api::{Action, Attributes, Change, Condition, Effect, Key, SORT, StoreError, Value};

pub(super) const FOLLOWS: &str = "follows";
pub(super) const MUTES: &str = "mutes";
const BLOCKS: &str = "blocks";
const BLOCKED: &str = "blocked";
/// Marks a follower who mutes the author. Nothing is pushed to them.
const QUIET: &str = "quiet";
/// Number of items in a batch get.
const BATCH: usize = 100;

/// The relation of one account to another. Each part has the id of its beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Relation {
    pub(crate) follows: Option<Id>,
    pub(crate) mutes: Option<Id>,
    pub(crate) blocks: Option<Id>,
    /// The other account blocks this one.
    pub(crate) blocked: Option<Id>,
}

/// A change of the relation of one account to another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RelationChange<'a> {
    pub(crate) one: &'a Username,
    pub(crate) other: &'a Username,
    /// The id of what the change adds.
    pub(crate) id: Id,
    /// The act of the delegate who makes the change.
    pub(crate) event: Option<&'a Event>,
}

/// The outcome of a block or a mute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    /// It was added.
    Done,
    /// It existed already.
    Same,
    /// The account that blocks or mutes is deleted.
    Gone,
}

/// A list of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum People {
    Followers,
    Following,
    Blocks,
    Mutes,
}

/// A follower, as fan-out needs it.
#[derive(Debug, Clone)]
pub(crate) struct Follower {
    pub(crate) since: Id,
    pub(crate) name: Username,
    /// Whether they mute the author.
    pub(crate) quiet: bool,
}

/// Reads and writes relations.
#[derive(Debug, Clone)]
pub(crate) struct GraphStore {
    tables: Tables,
    jobs: JobStore,
}

impl Relation {
    /// Returns whether the other account's posts appear in this one's timelines.
    pub(crate) fn shows(&self) -> bool {
        self.mutes.is_none() && self.blocks.is_none() && self.blocked.is_none()
    }

    /// Returns whether the other account's posts are in this one's home timeline.
    pub(crate) fn brings_home(&self) -> bool {
        self.follows.is_some() && self.shows()
    }

    /// Checks that this account may see the other one.
    ///
    /// # Errors
    /// `NotFound` if the other one has blocked it, as if the other one did not exist.
    pub(crate) fn may_look(&self, reference: &AccountReference) -> Result<(), Error> {
        match self.blocked {
            Some(_) => Err(Error::NotFound(format!("there is no user {reference}"))),
            None => Ok(()),
        }
    }

    /// Checks that this account may follow or write to the other one.
    ///
    /// # Errors
    /// `NotFound` if the other one has blocked it, as if the other one did not exist; `Conflict` if it has blocked
    /// the other one.
    pub(crate) fn may_meet(&self, other: &Username, reference: &AccountReference) -> Result<(), Error> {
        self.may_look(reference)?;
        match self.blocks {
            Some(_) => Err(Error::Conflict(format!("you have blocked {other}; unblock them first"))),
            None => Ok(()),
        }
    }

    fn get(&self, name: &str) -> Option<Id> {
        match name {
            FOLLOWS => self.follows,
            MUTES => self.mutes,
            BLOCKS => self.blocks,
            _ => self.blocked,
        }
    }
}

impl GraphStore {
    pub(crate) fn new(tables: Tables, jobs: JobStore) -> Self {
        Self { tables, jobs }
    }

    /// Returns the relation of one account to another. Costs a read.
    pub(crate) async fn relation(&self, one: &Username, other: &Username) -> Result<Relation, Error> {
        let item = self.tables.get(GRAPH, keys::relation(one, other)).await?;
        Ok(item.map(|item| relation(&item.attributes)).transpose()?.unwrap_or_default())
    }

    /// Returns the relations of one account to others, without those that have none. Costs a batch get for each 100.
    pub(crate) async fn relations(
        &self,
        one: &Username,
        others: Vec<Username>,
    ) -> Result<Vec<(Username, Relation)>, Error> {
        let mut relations = Vec::new();
        for chunk in others.chunks(BATCH) {
            let keys = chunk.iter().map(|other| keys::relation(one, other)).collect();
            for item in self.tables.batch_get(GRAPH, keys).await? {
                relations.push((items::parse(SORT, &item.key.sort)?, relation(&item.attributes)?));
            }
        }
        Ok(relations)
    }

    /// Returns a list of people after an id, newest first. Costs a query.
    pub(crate) async fn people(
        &self,
        list: People,
        of: &Username,
        after: Option<Id>,
        count: usize,
    ) -> Result<Vec<(Id, Username)>, Error> {
        Part::newest(GRAPH, partition(list, of), after, count).people(&self.tables).await
    }

    /// Returns the followers of an account after an id, oldest first. Costs a query.
    pub(crate) async fn followers(
        &self,
        of: &Username,
        after: Option<Id>,
        count: usize,
    ) -> Result<Vec<Follower>, Error> {
        let items = Part::oldest(GRAPH, keys::followers(of), after, count).read(&self.tables).await?;
        let followers = items.into_iter().map(|item| {
            let quiet = item.attributes.contains_key(QUIET);
            Ok(Follower { since: super::entries::id(&item)?, name: super::entries::who(&item.attributes)?, quiet })
        });
        Ok(followers.collect::<Result<_, StoreError>>()?)
    }

    /// Removes an entry without a relation from a list of people.
    pub(crate) async fn strike(&self, list: People, of: &Username, id: Id) -> Result<(), Error> {
        Ok(self.tables.transact(vec![strike(partition(list, of), id)]).await?)
    }

    /// Runs a change of relations. Returns the places of the actions whose conditions failed, if any.
    async fn run(&self, actions: Vec<Action>) -> Result<Result<(), Vec<usize>>, Error> {
        match self.tables.transact(actions).await {
            Ok(()) => {
                self.jobs.notify();
                Ok(Ok(()))
            }
            Err(StoreError::ConditionFailed(places)) => Ok(Err(places)),
            Err(error) => Err(error.into()),
        }
    }
}

/// Decodes a relation.
pub(crate) fn relation(attributes: &Attributes) -> Result<Relation, StoreError> {
    let mut relation = Relation::default();
    for (name, value) in attributes {
        let since = match name.as_ref() {
            FOLLOWS => &mut relation.follows,
            MUTES => &mut relation.mutes,
            BLOCKS => &mut relation.blocks,
            BLOCKED => &mut relation.blocked,
            _ => continue,
        };
        let id = if let Value::Number(number) = value { Id::new(*number) } else { None };
        *since = Some(id.ok_or_else(|| StoreError::Corrupt(format!("the attribute {name} is no id")))?);
    }
    Ok(relation)
}

fn partition(list: People, of: &Username) -> CompactString {
    match list {
        People::Followers => keys::followers(of),
        People::Following => keys::following(of),
        People::Blocks => keys::blocks(of),
        People::Mutes => keys::mutes(of),
    }
}

/// Returns an action on the table of relations.
fn act(key: Key, conditions: Vec<Condition>, effect: Effect) -> Action {
    Action { table: GRAPH, key, conditions, effect }
}

/// Returns the action that sets a part of a relation, if the relation is still as it was read.
fn set(key: Key, known: &Relation, name: &'static str, id: Id) -> Action {
    act(key, as_known(known), Effect::Update(vec![Change::Set(name, items::number(id))]))
}

/// Returns the action that removes a part of a relation, if the relation is still as it was read. Deletes the item if
/// nothing else is left.
fn unset(key: Key, known: &Relation, name: &'static str) -> Action {
    let others = [FOLLOWS, MUTES, BLOCKS, BLOCKED].into_iter().any(|other| other != name && known.get(other).is_some());
    let effect = if others { Effect::Update(vec![Change::Remove(name)]) } else { Effect::Delete };
    act(key, as_known(known), effect)
}

fn as_known(known: &Relation) -> Vec<Condition> {
    let condition = |name| match known.get(name) {
        Some(id) => Condition::Equals(name, items::number(id)),
        None => Condition::AttributeAbsent(name),
    };
    [FOLLOWS, MUTES, BLOCKS, BLOCKED].map(condition).into()
}

/// Returns the action that adds an account to a list.
fn enlist(list: CompactString, id: Id, who: &Username) -> Action {
    act(keys::entry(list, id), Vec::new(), Effect::Put(super::entries::person(who)))
}

/// Returns the action that removes an entry from a list.
fn strike(list: CompactString, id: Id) -> Action {
    act(keys::entry(list, id), Vec::new(), Effect::Delete)
}

/// Returns the action that changes a counter in a profile.
pub(super) fn count(of: &Username, what: &'static str, how_many: i64) -> Action {
    act(keys::profile(of), Vec::new(), Effect::Update(vec![Change::Add(what, how_many)]))
}

/// Returns the action that stores the act of the delegate who made a change.
fn recorded(owner: &Username, event: Option<&Event>) -> Option<Action> {
    event.map(|event| super::delegate_audit::record(owner, event))
}

/// Returns the action that makes a reader pull an author's posts.
pub(super) fn pull(reader: &Username, author: &Username, since: Id) -> Action {
    Action {
        table: TIMELINES,
        key: keys::pull(reader, author),
        conditions: Vec::new(),
        effect: Effect::Put(super::timelines::pulled(author, since)),
    }
}

/// Returns the action that ends this.
fn unpull(reader: &Username, author: &Username) -> Action {
    Action { table: TIMELINES, key: keys::pull(reader, author), conditions: Vec::new(), effect: Effect::Delete }
}
