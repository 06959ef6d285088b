//! Response bodies for messages.

use serde::Serialize;
use twclone_domain::messages::{Marked, Message, Thread};
use twclone_domain::{Id, Page, Timestamp};
use utoipa::ToSchema;

/// A message.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Message)]
pub(crate) struct MessageView {
    /// A decimal number of up to 63 bits; sorts by time.
    #[schema(value_type = String, pattern = "^[0-9]+$", example = "24")]
    id: Id,
    /// In whose name it was sent; `deleted account` where that account was deleted.
    #[schema(example = "jordan")]
    from: String,
    /// Who received it; `deleted account` where that account was deleted.
    #[schema(example = "kobe")]
    to: String,
    /// What it says.
    #[schema(example = "testing")]
    msg: String,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    sent_at: Timestamp,
    /// When its receiver marked it as read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
    /// The message that it replies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reply_to_id: Option<Id>,
    /// The answers to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    quick_replies: Vec<OptionView>,
    /// The choice that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    quick_reply: Option<OptionView>,
    /// The message that answered it with a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    answered_by: Option<Id>,
    /// The delegate who sent it, where it was not the sender himself.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_by: Option<String>,
}

/// A quick reply.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuickReply)]
pub(crate) struct OptionView {
    /// Its place, from 0.
    index: usize,
    /// What it says.
    text: String,
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        let (from, to) = (message.shown_sender().to_owned(), message.shown_receiver().to_owned());
        let text = String::from(message.text);
        let options = message.quick_replies.into_iter().enumerate();
        Self {
            id: message.id,
            from,
            to,
            sent_at: message.sent_at,
            read_at: message.read_at,
            reply_to_id: message.reply_to,
            quick_replies: options.map(|(index, text)| OptionView { index, text: text.into() }).collect(),
            quick_reply: message.quick_reply.map(|index| OptionView { index, text: text.clone() }),
            answered_by: message.answered_by,
            sent_by: message.sent_by.map(String::from),
            msg: text,
        }
    }
}

/// A page of messages, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Messages)]
pub(super) struct MessagesView {
    messages: Vec<MessageView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Page<Message>> for MessagesView {
    fn from(page: Page<Message>) -> Self {
        Self { messages: page.items.into_iter().map(MessageView::from).collect(), next: page.next }
    }
}

/// A message and a page of its replies, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Thread)]
pub(super) struct ThreadView {
    message: MessageView,
    replies: Vec<MessageView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Thread> for ThreadView {
    fn from(thread: Thread) -> Self {
        let replies = MessagesView::from(thread.replies);
        Self { message: thread.message.into(), replies: replies.messages, next: replies.next }
    }
}

/// What a mark did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Marked)]
pub(super) struct MarkedView {
    /// How many messages were unread and are no more.
    marked: usize,
    /// Whether there are more to mark: ask again.
    more: bool,
    /// The moment that they now carry.
    #[schema(value_type = String, format = DateTime)]
    read_at: Timestamp,
}

impl From<Marked> for MarkedView {
    fn from(marked: Marked) -> Self {
        Self { marked: marked.marked, more: marked.more, read_at: marked.read_at }
    }
}
