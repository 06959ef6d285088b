use std::collections::BTreeSet;
use std::time::Duration;

use compact_str::CompactString;
use tokio::task::JoinSet;

use super::add::act;
use super::{MessageStore, copies};
use crate::item_store::api::{
    Action, Change, Condition, Direction, Effect, Key, Query, SortRange, StoreError, Table, Value,
};
use crate::model::message::Message;
use crate::repositories::items::{self, GONE_FROM, GONE_TO};
use crate::repositories::keys;
use crate::{Error, Username};

/// How many messages are removed side by side, each in a transaction of its own.
const BITE: u32 = 25;
/// How often removing a message is tried.
const ATTEMPTS: u32 = 5;
/// How long the second attempt waits where a store is slow; each later one waits twice as long.
const PAUSE: Duration = Duration::from_millis(50);

/// What was removed side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Removed {
    pub(crate) messages: u64,
    /// Whether nothing was left to remove.
    pub(crate) nothing_left: bool,
}

impl MessageStore {
    /// Takes the oldest of what a deleted account sent, then of what it received, off its lists, and marks what the
    /// other parties keep. The lists themselves are what is still to be done: doing it again harms nothing.
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

    /// Whether anything stands in somebody's own lists. Costs three queries.
    pub(crate) async fn has_some(&self, owner: &Username) -> Result<bool, Error> {
        for list in [keys::sent(owner), keys::inbox(owner), keys::unread(owner)] {
            if !self.first_items(Query { limit: 1, ..oldest(list) }).await?.items.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Answers whether the message was still on a list of its owner.
    async fn remove(&self, message: &Message, owner: &Username) -> Result<bool, Error> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            match self.try_remove(message, owner, false).await {
                // The other party read it meanwhile, or is deleted too: what there is has to be looked at anew.
                Err(StoreError::ConditionFailed(_)) => {}
                Err(StoreError::Conflict | StoreError::Overloaded | StoreError::Timeout) => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                ended => return Ok(ended?),
            }
        }
        match self.try_remove(message, owner, true).await {
            Err(StoreError::ConditionFailed(_)) => Err(Error::Overloaded),
            ended => Ok(ended?),
        }
    }

    /// `Conflict` where copies are missing that should be there, unless that is how it stays: a read of many items may
    /// see a part of what another transaction does.
    async fn try_remove(&self, message: &Message, owner: &Username, partly: bool) -> Result<bool, StoreError> {
        let found = self.tables.batch_get(Table::Messages, places(message)).await?;
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

/// What takes a message off its owner's lists: marks for what the other party keeps; where there is none, or none any
/// more, nothing is kept.
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
        // Without it, an update would make what is not there any more.
        let mut conditions = vec![Condition::Present];
        conditions.extend((key == own).then_some(Condition::AttributeAbsent(other)));
        act(key, conditions, Effect::Update(vec![Change::Set(mark, Value::Flag(true))]))
    };
    there.into_iter().map(action).collect()
}

/// Whether a message stands everywhere that it should.
fn is_whole(message: &Message, there: &BTreeSet<Key>) -> bool {
    let unread = keys::entry(keys::unread(&message.to), message.id);
    let read = message.read_at.is_some() || message.receiver_deleted;
    copies(message).iter().all(|key| there.contains(key)) && (read || there.contains(&unread))
}

/// Everywhere that a message can stand.
fn places(message: &Message) -> Vec<Key> {
    let everywhere = Message { sender_deleted: false, receiver_deleted: false, ..message.clone() };
    let mut places = copies(&everywhere);
    places.push(keys::message(message.id));
    places.push(keys::entry(keys::unread(&message.to), message.id));
    places.extend((!message.quick_replies.is_empty()).then(|| question(message)));
    places
}

/// The entries of a message in the lists of one of its parties.
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

/// Where a question waits for its answer, which nobody gives any more.
fn question(message: &Message) -> Key {
    keys::entry(keys::questions(&message.from, &message.to), message.id)
}

fn oldest(partition: CompactString) -> Query {
    Query {
        table: Table::Messages,
        partition,
        range: SortRange::All,
        direction: Direction::Ascending,
        limit: BITE,
        after: None,
    }
}
