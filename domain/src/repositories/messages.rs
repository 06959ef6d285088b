//! Messages, in the table `messages`.
//!
//! A message is stored once under its own id, and as a copy in each list that contains it, so that every list is one
//! query. The time at which it was read changes in all copies in one transaction, whose condition is on the message
//! itself. The answer to a question is stored on the message alone: with the copies, a transaction would have more
//! than the 10 actions that older servers accept. So lists look it up for the questions on a page.
//!
//! If one party's account is deleted, the other party keeps its copies, which are marked. If both are deleted,
//! nothing is kept.

mod add;
mod change;
mod inspect;
mod read;
mod remove;

pub(crate) use add::Added;
pub(crate) use inspect::{Inspected, Suspect, Verdict};
pub(crate) use read::MessageList;

use super::{items, keys};
use crate::model::message::Message;
use item_store::Tables;
use item_store::api::{Attributes, Key, StoreError};

/// Reads and writes messages.
#[derive(Debug, Clone)]
pub(crate) struct MessageStore {
    tables: Tables,
}

impl MessageStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables }
    }
}

/// Decodes the message in an item.
pub(crate) fn message(attributes: &Attributes) -> Result<Message, StoreError> {
    items::decode(attributes)
}

/// Returns the keys of the copies of a message, without the message itself and the list of unread messages. Deleted
/// accounts have no lists.
fn copies(message: &Message) -> Vec<Key> {
    let mut lists = vec![keys::conversation(&message.from, &message.to)];
    lists.extend((!message.receiver_deleted).then(|| keys::inbox(&message.to)));
    lists.extend((!message.sender_deleted).then(|| keys::sent(&message.from)));
    lists.extend(message.reply_to.map(keys::replies));
    lists.into_iter().map(|list| keys::entry(list, message.id)).collect()
}
