//! Checks for the doctor that each message is in the lists to which it belongs, and that lists contain nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use twclone_schema::MESSAGES;

use compact_str::CompactString;

use super::MessageStore;
use super::add::{act, additions};
use crate::model::message::Message;
use crate::repositories::items::{self, ANSWERED_BY, GONE_FROM, GONE_TO, NAMES, READ_AT};
use crate::repositories::keys::{self, List};
use crate::{Error, Id, Username};
use item_store::api::{Attributes, Condition, Effect, Item, Key, StoreError, Value};

/// Maximum number of items in a page. With everything that belongs to them, they take a few MB.
const PAGE: u32 = 500;
/// Number of items in a batch get.
const BATCH: usize = 100;

/// A page of the table.
#[derive(Debug, Default)]
pub(crate) struct Inspected {
    pub(crate) items: u64,
    /// A line for each item that cannot be decoded as what its key says.
    pub(crate) unreadable: Vec<String>,
    /// The messages of the page, with both parties.
    pub(crate) parties: Vec<(Id, [Username; 2])>,
    /// The owners of the lists on the page.
    pub(crate) owners: Vec<Username>,
    /// The places to check: where messages are, or should be.
    pub(crate) places: Vec<(Id, Key)>,
    /// The key after which to continue.
    pub(crate) next: Option<Key>,
    known: HashMap<Key, Attributes>,
}

/// An item that seems wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suspect {
    pub(crate) message: Id,
    pub(crate) key: Key,
    pub(crate) verdict: Verdict,
    /// The state of the message when this was found; `None` if there is no such message.
    as_read: Option<AsRead>,
}

/// What is wrong with an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is missing, and should have these attributes.
    Missing(Attributes),
    /// It should have these attributes.
    Differs(Attributes),
    /// It should not exist.
    Orphan,
}

/// The attributes of a message that change after it was sent.
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
        let page = self.tables.scan(MESSAGES, after, PAGE).await?;
        let mut inspected = Inspected { next: page.next, ..Inspected::default() };
        for Item { key, attributes } in page.items {
            inspected.items += 1;
            match keys::place(&key) {
                None => {
                    inspected.unreadable.push(format!("{} {} is an item of an unknown kind", key.partition, key.sort));
                }
                Some(keys::Place { message, list: None }) => match whole(message, &attributes) {
                    Ok(found) => {
                        inspected.places.extend(additions(&found).into_iter().map(|action| (message, action.key)));
                        inspected.parties.push((message, [found.from, found.to]));
                    }
                    Err(error) => inspected.unreadable.push(format!("message {message} cannot be read: {error}")),
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

    /// Returns the items of a page that seem wrong. Ignores the lists of deleted accounts, which are emptied
    /// gradually.
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

    /// Checks suspects again, and returns those that are unchanged. The others were just being written.
    pub(crate) async fn again(&self, suspects: Vec<Suspect>) -> Result<Vec<Suspect>, Error> {
        let places = suspects.iter().map(|suspect| (suspect.message, suspect.key.clone())).collect();
        let mut found = self.judge(places, HashMap::new()).await?;
        found.retain(|found| suspects.contains(found));
        Ok(found)
    }

    /// Repairs an item, unless its message has changed since it was checked. Returns whether it did.
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
        // First the messages, then their copies. If a message is marked or answered meanwhile, it becomes a suspect,
        // and the second check clears it.
        self.read_into(&mut known, ids.iter().map(|id| keys::message(*id)).collect()).await?;
        self.read_into(&mut known, places.keys().cloned().collect()).await?;
        let mut wanted: HashMap<Id, (AsRead, HashMap<Key, Attributes>)> = HashMap::new();
        let mut unreadable = HashSet::new();
        for id in ids {
            match known.get(&keys::message(id)).map(|attributes| whole(id, attributes)) {
                None => {}
                Some(Ok(message)) => drop(wanted.insert(id, belongings(&message))),
                // Without the message, its copies cannot be checked.
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
            let found = self.tables.batch_get(MESSAGES, keys.to_vec()).await?;
            known.extend(found.into_iter().map(|item| (item.key.clone(), item.attributes.clone())));
        }
        Ok(())
    }
}

/// Decodes a message, and checks its id.
fn whole(id: Id, attributes: &Attributes) -> Result<Message, StoreError> {
    let message = items::decode(attributes)?;
    if message.id == id { Ok(message) } else { Err(StoreError::Corrupt(format!("it has the id {}", message.id))) }
}

/// Returns the state of a message, and all of its items.
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

/// Returns whether an item has the message's attributes as it should. It may have others.
fn same(wanted: &Attributes, found: &Attributes) -> bool {
    NAMES.iter().all(|name| wanted.get(*name) == found.get(*name))
}

fn is(name: &'static str, value: Option<&Value>) -> Condition {
    match value {
        None => Condition::AttributeAbsent(name),
        Some(value) => Condition::Equals(name, value.clone()),
    }
}
