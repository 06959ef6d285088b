//! A direct message.

use super::clock::Timestamp;
use super::ids::Id;
use super::names::Username;
use super::text::{MessageText, OptionText};

/// A message from one account to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id, which sorts by time.
    pub id: Id,
    /// The account that sent it.
    pub from: Username,
    /// The account that received it.
    pub to: Username,
    /// The text.
    pub text: MessageText,
    /// The time of sending.
    pub sent_at: Timestamp,
    /// The time at which the receiver marked it as read.
    pub read_at: Option<Timestamp>,
    /// The message that it replies to.
    pub reply_to: Option<Id>,
    /// The quick replies that it offers. Their position is their index.
    pub quick_replies: Vec<OptionText>,
    /// The index of the chosen quick reply in the message that this one replies to.
    pub quick_reply: Option<usize>,
    /// The message that answered it with a quick reply.
    pub answered_by: Option<Id>,
    /// The delegate who sent it.
    pub sent_by: Option<Username>,
    /// Whether the sender's account was deleted. The name stays stored to find conversations, and is never shown.
    pub sender_deleted: bool,
    /// Whether the receiver's account was deleted.
    pub receiver_deleted: bool,
}

/// Shown instead of the name of a deleted account. It has a space, which no user name has.
const DELETED_ACCOUNT: &str = "deleted account";

impl Message {
    /// Returns the sender's name as shown to readers, or `deleted account`.
    #[must_use]
    pub fn shown_sender(&self) -> &str {
        if self.sender_deleted { DELETED_ACCOUNT } else { self.from.as_str() }
    }

    /// Returns the receiver's name as shown to readers, or `deleted account`.
    #[must_use]
    pub fn shown_receiver(&self) -> &str {
        if self.receiver_deleted { DELETED_ACCOUNT } else { self.to.as_str() }
    }

    pub(crate) fn has_party(&self, name: &Username) -> bool {
        self.from == *name || self.to == *name
    }
}
