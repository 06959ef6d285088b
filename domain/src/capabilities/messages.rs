//! Direct messages: sending, replying, listing, marking as read.

mod list;
mod load;
mod read;
mod reply;
mod send;

use std::str::FromStr;
use std::sync::Arc;

pub use crate::model::message::Message;
pub use list::{List, MessageBox, Thread};
pub use read::{MarkRead, Marked};
pub use reply::{QuickReply, Reply};
pub use send::{Draft, Send};

use crate::accounts::Accounts;
use crate::repositories::Stores;
use crate::repositories::graph::GraphStore;
use crate::repositories::kept::KeptStore;
use crate::repositories::messages::MessageStore;
use crate::{Clock, IdGenerator, OptionText, excerpt};

/// The quick replies that a message offers: 1–20 different ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickReplies(Vec<OptionText>);

impl From<QuickReplies> for Vec<OptionText> {
    fn from(options: QuickReplies) -> Self {
        options.0
    }
}

impl QuickReplies {
    /// Maximum number of options.
    pub const MOST: usize = 20;

    /// Validates a list of options.
    ///
    /// # Errors
    /// A message that says what is wrong.
    pub fn new(options: Vec<OptionText>) -> Result<Self, String> {
        if !(1..=Self::MOST).contains(&options.len()) {
            return Err(format!("must be a list of 1 to {} texts; this has {}", Self::MOST, options.len()));
        }
        let repeated = options.iter().enumerate().find(|(place, option)| options[..*place].contains(option));
        match repeated {
            Some((place, option)) => {
                let option = excerpt(option.as_str());
                Err(format!("must differ from each other; \"{option}\" at {place} is a duplicate"))
            }
            None => Ok(Self(options)),
        }
    }
}

/// The index of a quick reply, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionIndex(pub usize);

impl FromStr for OptionIndex {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| "must be the index of a quick reply: a whole number from 0".to_owned())
    }
}

/// The operations on messages.
#[derive(Debug)]
pub struct Messages {
    store: MessageStore,
    kept: KeptStore,
    graph: GraphStore,
    accounts: Arc<Accounts>,
    ids: Arc<IdGenerator>,
    clock: Clock,
}

impl Messages {
    pub(crate) fn new(
        stores: Stores,
        kept: KeptStore,
        accounts: Arc<Accounts>,
        ids: Arc<IdGenerator>,
        clock: Clock,
    ) -> Self {
        Self { store: stores.messages, kept, graph: stores.graph, accounts, ids, clock }
    }
}
