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
    /// The id: a decimal number of up to 63 bits. Ids sort by time.
    #[schema(value_type = String, pattern = "^[0-9]+$", example = "24")]
    id: Id,
    /// The sender. `deleted account` if the account was deleted.
    #[schema(example = "jordan")]
    from: String,
    /// The receiver. `deleted account` if the account was deleted.
    #[schema(example = "kobe")]
    to: String,
    /// The text.
    #[schema(example = "testing")]
    msg: String,
    /// The time of sending.
    #[schema(value_type = String, format = DateTime)]
    sent_at: Timestamp,
    /// The time at which the receiver marked it as read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
    /// The message that it replies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reply_to_id: Option<Id>,
    /// The quick replies that the receiver can choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    quick_replies: Vec<OptionView>,
    /// The quick reply that the sender chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    quick_reply: Option<OptionView>,
    /// The message that answered it with a quick reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    answered_by: Option<Id>,
    /// The delegate who sent it for the sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_by: Option<String>,
}

/// A quick reply.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuickReply)]
pub(crate) struct OptionView {
    /// The index, from 0.
    index: usize,
    /// The text.
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

/// The result of marking an inbox as read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Marked)]
pub(super) struct MarkedView {
    /// The number of messages that were marked as read.
    marked: usize,
    /// Whether there are more messages to mark. If so, repeat the request.
    more: bool,
    /// The time at which they were marked as read.
    #[schema(value_type = String, format = DateTime)]
    read_at: Timestamp,
}

impl From<Marked> for MarkedView {
    fn from(marked: Marked) -> Self {
        Self { marked: marked.marked, more: marked.more, read_at: marked.read_at }
    }
}
