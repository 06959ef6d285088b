use std::collections::BTreeSet;
use twclone_schema::MESSAGES;

use compact_str::CompactString;
use tokio::task::JoinSet;

use super::add::act;
use super::{MessageStore, copies};
use crate::model::message::Message;
use crate::repositories::items::{self, GONE_FROM, GONE_TO};
use crate::repositories::keys;
use crate::{Error, Username};
use item_store::api::{Action, Change, Condition, Direction, Effect, Key, Query, SortRange, StoreError, Value};
use item_store::retry::BACKGROUND;

/// Number of messages removed concurrently, each in its own transaction.
const BITE: u32 = 25;

/// The result of removing a batch of messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Removed {
    pub(crate) messages: u64,
    /// Whether there was nothing to remove.
    pub(crate) nothing_left: bool,
}

impl MessageStore {
    /// Removes the oldest messages that a deleted account sent, and then those that it received, from its lists, and
    /// marks what the other parties keep. The lists record what is left to do, so this is idempotent.
    pub(crate) async fn remove_some(&self, owner: &Username) -> Result<Removed, Error> {
        let mut items = Vec::new();
        for list in [keys::sent(owner), keys::inbox(owner)] {
            items = self.first_items(oldest(list)).await?.items;
            if !items.is_empty() {
                break;
            }
        }
        let nothing_left = items.is_empty();
        let mut removing = JoinSet::new();
        for item in items {
            let (store, owner, message) = (self.clone(), owner.clone(), items::decode(&item.attributes)?);
            removing.spawn(async move { store.remove(&message, &owner).await });
        }
        let mut messages = 0;
        while let Some(done) = removing.join_next().await {
            messages += u64::from(done.map_err(|error| Error::internal(error.to_string()))??);
        }
        Ok(Removed { messages, nothing_left })
    }

    /// Returns whether the lists of an account have messages. Costs three queries.
    pub(crate) async fn has_some(&self, owner: &Username) -> Result<bool, Error> {
        for list in [keys::sent(owner), keys::inbox(owner), keys::unread(owner)] {
            if !self.first_items(Query { limit: 1, ..oldest(list) }).await?.items.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns whether the message was still on a list of its owner.
    async fn remove(&self, message: &Message, owner: &Username) -> Result<bool, Error> {
        // A condition fails if the other party read the message meanwhile, or is deleted, too.
        let is_temporary = |error: &StoreError| {
            matches!(
                error,
                StoreError::ConditionFailed(_) | StoreError::Conflict | StoreError::Overloaded | StoreError::Timeout
            )
        };
        let remove = |failures| self.try_remove(message, owner, BACKGROUND.is_last(failures));
        match BACKGROUND.run(is_temporary, remove).await {
            Err(StoreError::ConditionFailed(_)) => Err(Error::Overloaded),
            ended => Ok(ended?),
        }
    }

    /// Fails with `Conflict` if copies are missing, unless `partly` is set: a batch get may see a part of another
    /// transaction.
    async fn try_remove(&self, message: &Message, owner: &Username, partly: bool) -> Result<bool, StoreError> {
        let found = self.tables.batch_get(MESSAGES, places(message)).await?;
        let own = keys::message(message.id);
        let mut there = BTreeSet::new();
        let mut known = None;
        for item in found {
            if item.key == own {
                known = Some(items::decode(&item.attributes)?);
            }
            there.insert(item.key.clone());
        }
        if !lists(message, owner).iter().any(|entry| there.contains(entry)) {
            return Ok(false);
        }
        if !partly && !known.as_ref().is_some_and(|known| is_whole(known, &there)) {
            return Err(StoreError::Conflict);
        }
        self.tables.transact(removal(known.as_ref().unwrap_or(message), owner, there)).await.map(|()| true)
    }
}

/// Returns the actions that remove a message from its owner's lists: marks on what the other party keeps, or
/// deletions if there is no other party, or none any more.
fn removal(message: &Message, owner: &Username, there: BTreeSet<Key>) -> Vec<Action> {
    let (sent, received) = (message.from == *owner, message.to == *owner);
    let kept = !(sent || message.sender_deleted) || !(received || message.receiver_deleted);
    let (mark, other) = if sent { (GONE_FROM, GONE_TO) } else { (GONE_TO, GONE_FROM) };
    let own = keys::message(message.id);
    let mut gone = lists(message, owner);
    gone.push(question(message));
    let action = |key: Key| {
        if !kept || gone.contains(&key) {
            return act(key, Vec::new(), Effect::Delete);
        }
        // Otherwise an update would recreate an item that is gone.
        let mut conditions = vec![Condition::Present];
        conditions.extend((key == own).then_some(Condition::AttributeAbsent(other)));
        act(key, conditions, Effect::Update(vec![Change::Set(mark, Value::Flag(true))]))
    };
    there.into_iter().map(action).collect()
}

/// Returns whether all items of a message exist.
fn is_whole(message: &Message, there: &BTreeSet<Key>) -> bool {
    let unread = keys::entry(keys::unread(&message.to), message.id);
    let read = message.read_at.is_some() || message.receiver_deleted;
    copies(message).iter().all(|key| there.contains(key)) && (read || there.contains(&unread))
}

/// Returns the keys of all possible items of a message.
fn places(message: &Message) -> Vec<Key> {
    let everywhere = Message { sender_deleted: false, receiver_deleted: false, ..message.clone() };
    let mut places = copies(&everywhere);
    places.push(keys::message(message.id));
    places.push(keys::entry(keys::unread(&message.to), message.id));
    places.extend((!message.quick_replies.is_empty()).then(|| question(message)));
    places
}

/// Returns the keys of a message in the lists of one party.
fn lists(message: &Message, owner: &Username) -> Vec<Key> {
    let mut lists = Vec::new();
    if message.from == *owner {
        lists.push(keys::sent(owner));
    }
    if message.to == *owner {
        lists.extend([keys::inbox(owner), keys::unread(owner)]);
    }
    lists.into_iter().map(|list| keys::entry(list, message.id)).collect()
}

/// The key under which a question waits for its answer, which can no longer come.
fn question(message: &Message) -> Key {
    keys::entry(keys::questions(&message.from, &message.to), message.id)
}

fn oldest(partition: CompactString) -> Query {
    Query {
        table: MESSAGES,
        partition,
        range: SortRange::All,
        direction: Direction::Ascending,
        limit: BITE,
        after: None,
    }
}
