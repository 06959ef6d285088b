//! Messages in the table `messages`.
//!
//! A message stands once under its own id, and as a copy in every list that it is in, so that any list is
//! one query. When it was read changes in all copies in one transaction, whose condition stands on the message
//! itself. What answered a question stands on the message alone: with the copies, a transaction would have
//! more than the 10 actions that older servers take; so lists look it up for the questions on a page.

mod add;
mod change;
mod inspect;
mod read;

pub(crate) use inspect::{Inspected, Suspect, Verdict};
pub(crate) use read::MessageList;

use super::Tables;
use super::keys;
use super::table::Key;
use crate::messages::Message;

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

/// Where copies of a message stand, besides the message itself and the list of the unread.
fn copies(message: &Message) -> Vec<Key> {
    let mut lists =
        vec![keys::inbox(&message.to), keys::sent(&message.from), keys::conversation(&message.from, &message.to)];
    lists.extend(message.reply_to.map(keys::replies));
    lists.into_iter().map(|list| keys::entry(list, message.id)).collect()
}
