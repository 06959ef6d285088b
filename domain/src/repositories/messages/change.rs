use tokio::task::JoinSet;
use twclone_schema::MESSAGES;

use super::add::{act, additions, remember, unmarked};
use super::{MessageStore, copies};
use crate::model::event::Event;
use crate::model::idempotency::IdempotencyRecord;
use crate::model::message::Message;
use crate::repositories::items::{self, ANSWERED_BY, GONE_FROM, GONE_TO, READ_AT};
use crate::repositories::{delegate_audit, keys};
use crate::{Error, Id, Timestamp, Username};
use item_store::api::{Action, Change, Condition, Direction, Effect, Query, SortRange, StoreError, Value};
use item_store::retry::RACES;

/// Number of messages marked concurrently, each in its own transaction.
const BITE: u32 = 16;

/// The result of marking a batch of messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bite {
    pub(crate) marked: usize,
    /// Whether there may be more to mark.
    pub(crate) more: bool,
}

impl MessageStore {
    /// Adds the answer to a question, stores its id on the question, and removes the question from the list of
    /// waiting ones. Returns `false` if the question was answered since it was read, a party was deleted, or the
    /// idempotency key is known.
    pub(crate) async fn answer(
        &self,
        question: &Message,
        answer: &Message,
        kept: Option<IdempotencyRecord>,
        event: Option<Event>,
    ) -> Result<bool, Error> {
        let mut open = vec![Condition::Present, Condition::AttributeAbsent(ANSWERED_BY)];
        open.extend(unmarked());
        let answered = Effect::Update(vec![Change::Set(ANSWERED_BY, items::number(answer.id))]);
        let waiting = keys::entry(keys::questions(&question.from, &question.to), question.id);
        let mut actions = additions(answer);
        actions.push(act(keys::message(question.id), open, answered));
        actions.push(act(waiting, Vec::new(), Effect::Delete));
        actions.extend(kept.map(|kept| remember(answer, &kept)));
        actions.extend(event.map(|event| delegate_audit::record(&answer.from, &event)));
        self.unless_changed(actions).await
    }

    /// Marks the oldest unread messages of an account up to an id as read, in all copies.
    pub(crate) async fn mark_read(&self, owner: &Username, up_to: Id, read_at: Timestamp) -> Result<Bite, Error> {
        let query = Query {
            table: MESSAGES,
            partition: keys::unread(owner),
            range: SortRange::AtMost(keys::id(up_to)),
            direction: Direction::Ascending,
            limit: BITE,
            after: None,
        };
        let page = self.first_items(query).await?;
        let mut marking = JoinSet::new();
        for item in page.items {
            let (store, message) = (self.clone(), items::decode(&item.attributes)?);
            marking.spawn(async move { store.mark_one(message, read_at).await });
        }
        let mut marked = 0;
        while let Some(done) = marking.join_next().await {
            // If another request marked it meanwhile, it is gone from the list, too.
            marked += usize::from(done.map_err(|error| Error::internal(error.to_string()))??);
        }
        Ok(Bite { marked, more: page.next.is_some() })
    }

    /// Marks a message as read. Returns `false` if it is no longer on the list, because another request marked it or
    /// the receiver was deleted.
    async fn mark_one(&self, mut message: Message, read_at: Timestamp) -> Result<bool, Error> {
        let entry = keys::entry(keys::unread(&message.to), message.id);
        for _ in 0..RACES {
            if self.unless_changed(marks(&message, read_at)).await? {
                return Ok(true);
            }
            match self.tables.get(MESSAGES, entry.clone()).await? {
                None => return Ok(false),
                // The sender was deleted meanwhile, so there is one copy less to mark.
                Some(item) => message = items::decode(&item.attributes)?,
            }
        }
        Err(Error::Overloaded)
    }

    pub(super) async fn unless_changed(&self, actions: Vec<Action>) -> Result<bool, Error> {
        match self.tables.transact(actions).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn marks(message: &Message, read_at: Timestamp) -> Vec<Action> {
    let read = || Effect::Update(vec![Change::Set(READ_AT, Value::Number(read_at.millis()))]);
    let mut unread = vec![Condition::Present, Condition::AttributeAbsent(READ_AT), Condition::AttributeAbsent(GONE_TO)];
    // Otherwise an update would recreate the copy that was deleted with the sender's list.
    unread.extend((!message.sender_deleted).then_some(Condition::AttributeAbsent(GONE_FROM)));
    let mut actions = vec![act(keys::message(message.id), unread, read())];
    actions.extend(copies(message).into_iter().map(|key| act(key, Vec::new(), read())));
    let entry = keys::entry(keys::unread(&message.to), message.id);
    actions.push(act(entry, Vec::new(), Effect::Delete));
    actions
}
