use super::{MessageStore, copies};
use crate::accounts::Event;
use crate::idempotency::Kept;
use crate::messages::Message;
use crate::store::items::{self, ANSWERED_BY, PAIR};
use crate::store::table::{Action, Attributes, Condition, Effect, Key, StoreError, Table, Value};
use crate::store::{acts, kept, keys};
use crate::{Error, Id};

impl MessageStore {
    /// Adds a message, in one transaction with its idempotency key and the act of the delegate who sent it. A message that it replies to must be
    /// between the same two.
    ///
    /// # Errors
    /// `NotFound` for the message replied to; `Conflict` where the key is known or, which the generator of ids
    /// rules out, the id is taken.
    pub(crate) async fn add(&self, message: &Message, kept: Option<Kept>, event: Option<Event>) -> Result<(), Error> {
        let mut actions = additions(message);
        actions.extend(kept.map(|kept| remember(message, &kept)));
        actions.extend(event.map(|event| acts::record(&message.from, &event)));
        let parent = message.reply_to.map(|parent| {
            let pair = Condition::Equals(PAIR, Value::Text(keys::pair(&message.from, &message.to)));
            (actions.len(), parent, act(keys::message(parent), vec![pair], Effect::Check))
        });
        let checked = parent.as_ref().map(|(place, parent, _)| (*place, *parent));
        actions.extend(parent.map(|(_, _, check)| check));
        match self.tables.transact(actions).await {
            Ok(()) => Ok(()),
            Err(StoreError::ConditionFailed(places)) => Err(refusal(message, &places, checked)),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds a message that is complete.
    ///
    /// # Errors
    /// `Conflict` where it is there already.
    pub(crate) async fn load(&self, message: &Message) -> Result<(), Error> {
        self.tables.transact(additions(message)).await.map_err(|error| match error {
            StoreError::ConditionFailed(_) => {
                Error::Conflict("somebody else loads the same messages at the same time; load again".to_owned())
            }
            error => error.into(),
        })
    }
}

/// What adding a message writes: itself, first, and its copies; all that there is of it.
pub(super) fn additions(message: &Message) -> Vec<Action> {
    let mut own = items::encode(message);
    let mut copy = own.clone();
    copy.remove(ANSWERED_BY);
    own.insert(PAIR.into(), Value::Text(keys::pair(&message.from, &message.to)));
    let mut actions = vec![act(keys::message(message.id), vec![Condition::Absent], Effect::Put(own))];
    let mut lists = copies(message);
    if message.read_at.is_none() && !message.receiver_deleted {
        lists.push(keys::entry(keys::unread(&message.to), message.id));
    }
    actions.extend(lists.into_iter().map(|key| act(key, Vec::new(), Effect::Put(copy.clone()))));
    let answerable = !message.sender_deleted && !message.receiver_deleted && message.answered_by.is_none();
    if !message.quick_replies.is_empty() && answerable {
        let question = keys::entry(keys::questions(&message.from, &message.to), message.id);
        let pointer = Attributes::from_iter([("id".into(), items::number(message.id))]);
        actions.push(act(question, Vec::new(), Effect::Put(pointer)));
    }
    actions
}

/// Keeps what an idempotency key made: the answer as it is given now.
pub(super) fn remember(message: &Message, kept: &Kept) -> Action {
    kept::remember(kept, items::encode(message), message.sent_at)
}

/// An action on the table of messages.
pub(super) fn act(key: Key, conditions: Vec<Condition>, effect: Effect) -> Action {
    Action { table: Table::Messages, key, conditions, effect }
}

fn refusal(message: &Message, places: &[usize], checked: Option<(usize, Id)>) -> Error {
    match checked {
        Some((place, parent)) if places.contains(&place) => {
            Error::NotFound(format!("there is no message {parent} between {} and {}", message.from, message.to))
        }
        _ => kept::busy(),
    }
}
