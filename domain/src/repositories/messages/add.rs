use super::{MessageStore, copies};
use crate::model::event::Event;
use crate::model::idempotency::IdempotencyRecord;
use crate::model::message::Message;
use crate::repositories::items::{self, ANSWERED_BY, GONE_FROM, GONE_TO, PAIR};
use crate::repositories::{delegate_audit, fence, kept, keys};
use crate::{Error, Id, Username};
use item_store::api::{Action, Attributes, Condition, Effect, Key, StoreError, Value};
use twclone_schema::MESSAGES;

/// The outcome of adding a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    /// It was added.
    New,
    /// The sender's account is deleted.
    SenderGone,
    /// The receiver's account is deleted.
    ReceiverGone,
}

impl MessageStore {
    /// Adds a message, in one transaction with its idempotency key and the act of the delegate who sent it, unless
    /// one of the parties is deleted. For a reply, the message that it replies to must be between the same parties,
    /// and its marks tell whether they are deleted. For other messages the fences tell.
    ///
    /// # Errors
    /// `NotFound` for the message replied to; `Conflict` if the key is known or, which the id generator rules out,
    /// the id is taken.
    pub(crate) async fn add(
        &self,
        message: &Message,
        kept: Option<IdempotencyRecord>,
        event: Option<Event>,
    ) -> Result<Added, Error> {
        let mut actions = additions(message);
        actions.extend(kept.map(|kept| remember(message, &kept)));
        actions.extend(event.map(|event| delegate_audit::record(&message.from, &event)));
        let checks = actions.len();
        match message.reply_to {
            Some(parent) => {
                let pair = Condition::Equals(PAIR, Value::Text(keys::pair(&message.from, &message.to)));
                let mut conditions = vec![pair];
                conditions.extend(unmarked());
                actions.push(act(keys::message(parent), conditions, Effect::Check));
            }
            None => actions.extend(fences(message)),
        }
        match self.tables.transact(actions).await {
            Ok(()) => Ok(Added::New),
            Err(StoreError::ConditionFailed(places)) => match (places.last(), message.reply_to) {
                (Some(place), Some(parent)) if *place >= checks => self.without_parent(message, parent).await,
                (Some(_), None) if places.contains(&checks) => Ok(Added::SenderGone),
                (Some(place), None) if *place > checks => Ok(Added::ReceiverGone),
                _ => Err(kept::busy()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Returns why a reply was not added: the message does not exist, or one of the parties is deleted.
    async fn without_parent(&self, message: &Message, parent: Id) -> Result<Added, Error> {
        let found =
            self.get(parent).await?.filter(|found| found.has_party(&message.from) && found.has_party(&message.to));
        let Some(found) = found else {
            return Err(Error::NotFound(format!(
                "there is no message {parent} between {} and {}",
                message.from, message.to
            )));
        };
        let is_gone = |who: &Username| {
            (found.sender_deleted && found.from == *who) || (found.receiver_deleted && found.to == *who)
        };
        match () {
            () if is_gone(&message.from) => Ok(Added::SenderGone),
            () if is_gone(&message.to) => Ok(Added::ReceiverGone),
            () => Err(kept::busy()),
        }
    }

    /// Adds a complete message. Returns whether both parties exist.
    ///
    /// # Errors
    /// `Conflict` if the message exists.
    pub(crate) async fn load(&self, message: &Message) -> Result<bool, Error> {
        let mut actions = additions(message);
        let checks = actions.len();
        actions.extend(fences(message));
        match self.tables.transact(actions).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(places)) if places.iter().any(|place| *place >= checks) => Ok(false),
            Err(StoreError::ConditionFailed(_)) => {
                Err(Error::Conflict("another process is loading the same messages; load the file again".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns the actions that add a message: first the message itself, then all of its copies.
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

/// Returns the action that stores the result of an idempotency key: the response as it is now.
pub(super) fn remember(message: &Message, kept: &IdempotencyRecord) -> Action {
    kept::remember(kept, items::encode(message), message.sent_at)
}

/// Returns an action on the table of messages.
pub(super) fn act(key: Key, conditions: Vec<Condition>, effect: Effect) -> Action {
    Action { table: MESSAGES, key, conditions, effect }
}

/// Returns the conditions that no mark of a message says that a party is deleted.
pub(super) fn unmarked() -> [Condition; 2] {
    [Condition::AttributeAbsent(GONE_FROM), Condition::AttributeAbsent(GONE_TO)]
}

/// Returns the checks that no party of a message is fenced: first the sender, then the receiver, if they differ.
fn fences(message: &Message) -> Vec<Action> {
    let mut checks = vec![fence::check(&message.from, message.id)];
    checks.extend((message.to != message.from).then(|| fence::check(&message.to, message.id)));
    checks
}
