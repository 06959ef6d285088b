//! What the doctor asks of the table: whether each message stands in the lists in which it belongs, and each list has
//! messages alone that do.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use compact_str::CompactString;

use super::MessageStore;
use super::add::{act, additions};
use crate::item_store::api::{Attributes, Condition, Effect, Item, Key, StoreError, Table, Value};
use crate::model::message::Message;
use crate::repositories::items::{self, ANSWERED_BY, GONE_FROM, GONE_TO, NAMES, READ_AT};
use crate::repositories::keys::{self, List};
use crate::{Error, Id, Username};

/// How many items a page has at most: with all that belongs to them, a few MB.
const PAGE: u32 = 500;
/// How many items one batch reads.
const BATCH: usize = 100;

/// A page of the table.
#[derive(Debug, Default)]
pub(crate) struct Inspected {
    pub(crate) items: u64,
    /// Items that cannot be read as what their keys say, a line each.
    pub(crate) unreadable: Vec<String>,
    /// The messages of the page, with their parties.
    pub(crate) parties: Vec<(Id, [Username; 2])>,
    /// The owners of lists on the page.
    pub(crate) owners: Vec<Username>,
    /// What is to be judged: where which messages stand, or should.
    pub(crate) places: Vec<(Id, Key)>,
    /// Where to go on.
    pub(crate) next: Option<Key>,
    known: HashMap<Key, Attributes>,
}

/// An item that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suspect {
    pub(crate) message: Id,
    pub(crate) key: Key,
    pub(crate) verdict: Verdict,
    /// How the message stood when this was found; `None` where there is none.
    as_read: Option<AsRead>,
}

/// What is wrong with an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It should be there, with these attributes.
    Missing(Attributes),
    /// It should have these attributes.
    Differs(Attributes),
    /// It should not be there.
    Orphan,
}

/// What of a message changes after it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AsRead {
    read: Option<Value>,
    answer: Option<Value>,
    sender_deleted: Option<Value>,
    receiver_deleted: Option<Value>,
}

impl MessageStore {
    /// Reads a page of the table.
    pub(crate) async fn inspect(&self, after: Option<Key>) -> Result<Inspected, Error> {
        let page = self.tables.scan(Table::Messages, after, PAGE).await?;
        let mut inspected = Inspected { next: page.next, ..Inspected::default() };
        for Item { key, attributes } in page.items {
            inspected.items += 1;
            match keys::place(&key) {
                None => {
                    inspected.unreadable.push(format!("{} {} is an item of no known kind", key.partition, key.sort));
                }
                Some(keys::Place { message, list: None }) => match whole(message, &attributes) {
                    Ok(found) => {
                        inspected.places.extend(additions(&found).into_iter().map(|action| (message, action.key)));
                        inspected.parties.push((message, [found.from, found.to]));
                    }
                    Err(error) => inspected.unreadable.push(format!("message {message} is not one: {error}")),
                },
                Some(keys::Place { message, list: Some(list) }) => {
                    if let List::Own(owner) = list {
                        inspected.owners.push(owner);
                    }
                    inspected.places.push((message, key.clone()));
                }
            }
            inspected.known.insert(key, attributes);
        }
        Ok(inspected)
    }

    /// What of a page is not as it should be, to all appearances. The lists of those who deleted their accounts are
    /// not looked at: they are emptied bit by bit.
    pub(crate) async fn suspects(
        &self,
        inspected: Inspected,
        deleted: &HashSet<CompactString>,
    ) -> Result<Vec<Suspect>, Error> {
        let looked_at = |key: &Key| match keys::place(key).and_then(|place| place.list) {
            Some(List::Own(owner)) => !deleted.contains(&owner.key()),
            _ => true,
        };
        let places = inspected.places.into_iter().filter(|(_, key)| looked_at(key)).collect();
        self.judge(places, inspected.known).await
    }

    /// Those of these suspects that are as they were found before: what was just being written is not.
    pub(crate) async fn again(&self, suspects: Vec<Suspect>) -> Result<Vec<Suspect>, Error> {
        let places = suspects.iter().map(|suspect| (suspect.message, suspect.key.clone())).collect();
        let mut found = self.judge(places, HashMap::new()).await?;
        found.retain(|found| suspects.contains(found));
        Ok(found)
    }

    /// Makes an item as it should be, unless its message has changed since it was looked at. Answers whether it did.
    pub(crate) async fn mend(&self, suspect: &Suspect) -> Result<bool, Error> {
        let conditions = match &suspect.as_read {
            None => vec![Condition::Absent],
            Some(AsRead { read, answer, sender_deleted, receiver_deleted }) => vec![
                Condition::Present,
                is(READ_AT, read.as_ref()),
                is(ANSWERED_BY, answer.as_ref()),
                is(GONE_FROM, sender_deleted.as_ref()),
                is(GONE_TO, receiver_deleted.as_ref()),
            ],
        };
        let effect = match &suspect.verdict {
            Verdict::Missing(attributes) | Verdict::Differs(attributes) => Effect::Put(attributes.clone()),
            Verdict::Orphan => Effect::Delete,
        };
        let message = keys::message(suspect.message);
        if suspect.key == message {
            return self.unless_changed(vec![act(message, conditions, effect)]).await;
        }
        let check = act(message, conditions, Effect::Check);
        self.unless_changed(vec![check, act(suspect.key.clone(), Vec::new(), effect)]).await
    }

    async fn judge(&self, places: Vec<(Id, Key)>, mut known: HashMap<Key, Attributes>) -> Result<Vec<Suspect>, Error> {
        let places: BTreeMap<Key, Id> = places.into_iter().map(|(message, key)| (key, message)).collect();
        let ids: BTreeSet<Id> = places.values().copied().collect();
        // First the messages, then their copies: who marks or answers one meanwhile makes a suspect, not a fault.
        self.read_into(&mut known, ids.iter().map(|id| keys::message(*id)).collect()).await?;
        self.read_into(&mut known, places.keys().cloned().collect()).await?;
        let mut wanted: HashMap<Id, (AsRead, HashMap<Key, Attributes>)> = HashMap::new();
        let mut unreadable = HashSet::new();
        for id in ids {
            match known.get(&keys::message(id)).map(|attributes| whole(id, attributes)) {
                None => {}
                Some(Ok(message)) => drop(wanted.insert(id, belongings(&message))),
                // Nothing can be said of its copies.
                Some(Err(_)) => drop(unreadable.insert(id)),
            }
        }
        let places = places.into_iter().filter(|(_, message)| !unreadable.contains(message));
        let judged = places.filter_map(|(key, message)| {
            let (as_read, belongings) = wanted.get(&message).map(|(as_read, items)| (as_read.clone(), items)).unzip();
            let wanted = belongings.and_then(|items| items.get(&key));
            let verdict = match (wanted, known.get(&key)) {
                (Some(wanted), None) => Verdict::Missing(wanted.clone()),
                (Some(wanted), Some(found)) if !same(wanted, found) => Verdict::Differs(wanted.clone()),
                (None, Some(_)) => Verdict::Orphan,
                _ => return None,
            };
            Some(Suspect { message, key, verdict, as_read })
        });
        Ok(judged.collect())
    }

    /// Reads those of these items that are not known yet.
    async fn read_into(&self, known: &mut HashMap<Key, Attributes>, keys: BTreeSet<Key>) -> Result<(), StoreError> {
        let keys: Vec<_> = keys.into_iter().filter(|key| !known.contains_key(key)).collect();
        for keys in keys.chunks(BATCH) {
            let found = self.tables.batch_get(Table::Messages, keys.to_vec()).await?;
            known.extend(found.into_iter().map(|item| (item.key.clone(), item.attributes.clone())));
        }
        Ok(())
    }
}

/// The message with this id.
fn whole(id: Id, attributes: &Attributes) -> Result<Message, StoreError> {
    let message = items::decode(attributes)?;
    if message.id == id { Ok(message) } else { Err(StoreError::Corrupt(format!("it says that it is {}", message.id))) }
}

/// How a message stands, and every item that it has.
fn belongings(message: &Message) -> (AsRead, HashMap<Key, Attributes>) {
    let gone = |deleted: bool| deleted.then_some(Value::Flag(true));
    let as_read = AsRead {
        read: message.read_at.map(items::time),
        answer: message.answered_by.map(items::number),
        sender_deleted: gone(message.sender_deleted),
        receiver_deleted: gone(message.receiver_deleted),
    };
    let items = additions(message).into_iter().filter_map(|action| match action.effect {
        Effect::Put(attributes) => Some((action.key, attributes)),
        _ => None,
    });
    (as_read, items.collect())
}

/// Whether an item says of its message what it should; it may have more than that.
fn same(wanted: &Attributes, found: &Attributes) -> bool {
    NAMES.iter().all(|name| wanted.get(*name) == found.get(*name))
}

fn is(name: &'static str, value: Option<&Value>) -> Condition {
    match value {
        None => Condition::AttributeAbsent(name),
        Some(value) => Condition::Equals(name, value.clone()),
    }
}
