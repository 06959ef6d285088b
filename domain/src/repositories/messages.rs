//! Messages in the table `messages`.
//!
//! A message stands once under its own id, and as a copy in every list that it is in, so that any list is
//! one query. When it was read changes in all copies in one transaction, whose condition stands on the message
//! itself. What answered a question stands on the message alone: with the copies, a transaction would have
//! more than the 10 actions that older servers take; so lists look it up for the questions on a page.
//!
//! Of a deleted account's messages the other party keeps its copies, marked; where both are deleted, nothing is kept.

mod add;
mod change;
mod inspect;
mod read;
mod remove;

pub(crate) use add::Added;
pub(crate) use inspect::{Inspected, Suspect, Verdict};
pub(crate) use read::MessageList;

use super::{items, keys};
use crate::item_store::Tables;
use crate::item_store::api::{Attributes, Key, StoreError};
use crate::model::message::Message;

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

/// What stands in the attributes of an item that keeps a message.
pub(crate) fn message(attributes: &Attributes) -> Result<Message, StoreError> {
    items::decode(attributes)
}

/// Where copies of a message stand, besides the message itself and the list of the unread. Deleted accounts have no
/// lists.
fn copies(message: &Message) -> Vec<Key> {
    let mut lists = vec![keys::conversation(&message.from, &message.to)];
    lists.extend((!message.receiver_deleted).then(|| keys::inbox(&message.to)));
    lists.extend((!message.sender_deleted).then(|| keys::sent(&message.from)));
    lists.extend(message.reply_to.map(keys::replies));
    lists.into_iter().map(|list| keys::entry(list, message.id)).collect()
}
