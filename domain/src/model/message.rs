//! A direct message.

use super::clock::Timestamp;
use super::ids::Id;
use super::names::Username;
use super::text::{MessageText, OptionText};

/// A message from one account to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id; sorts by time.
    pub id: Id,
    /// In whose name it was sent.
    pub from: Username,
    /// Who received it.
    pub to: Username,
    /// What it says.
    pub text: MessageText,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When the receiver marked it as read.
    pub read_at: Option<Timestamp>,
    /// The message that it replies to.
    pub reply_to: Option<Id>,
    /// The quick replies that it offers; their index is their place.
    pub quick_replies: Vec<OptionText>,
    /// The index of the quick reply that it is, among those of the message it replies to.
    pub quick_reply: Option<usize>,
    /// The quick reply that answered it.
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
    /// What readers are told of who sent it: the name, or `deleted account`.
    #[must_use]
    pub fn shown_sender(&self) -> &str {
        if self.sender_deleted { DELETED_ACCOUNT } else { self.from.as_str() }
    }

    /// The same of who received it.
    #[must_use]
    pub fn shown_receiver(&self) -> &str {
        if self.receiver_deleted { DELETED_ACCOUNT } else { self.to.as_str() }
    }

    pub(crate) fn has_party(&self, name: &Username) -> bool {
        self.from == *name || self.to == *name
    }
}
