use super::{Message, Messages, QuickReplies};
use crate::accounts::{Acting, Caller, Event, EventKind, Right, unknown};
use crate::model::idempotency::{IdempotentRequest, Outcome};
use crate::repositories::messages::{self, Added};
use crate::{AccountReference, Error, Id, MessageText, Username};

/// The content of a new message, its sender and its receiver.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The sender, by default the caller.
    pub from: Option<AccountReference>,
    /// The receiver.
    pub to: AccountReference,
    /// The text.
    pub text: MessageText,
    /// The quick replies that it offers.
    pub quick_replies: Option<QuickReplies>,
}

/// A request to send a message.
#[derive(Debug, Clone)]
pub struct Send {
    /// The message.
    pub draft: Draft,
    /// The idempotency key, if the client sent one.
    pub once: Option<IdempotentRequest>,
}

/// Returns the audit event for a message that a delegate sent.
pub(super) fn sent(sender: &Acting, message: &Message) -> Option<Event> {
    sender.event(message.id, EventKind::MessageSent, format!("message {} to {}", message.id, message.to))
}

impl Messages {
    /// Sends a message. Costs a read and a transaction. On return, the message is on disk and both parties see it.
    ///
    /// # Errors
    /// `Forbidden` if the caller may not act for the sender; `NotFound` if the receiver does not exist or has blocked
    /// the sender; `Conflict` if the sender has blocked the receiver; `KeyReused`.
    pub async fn send(&self, caller: &Caller, send: Send) -> Result<Outcome<Message>, Error> {
        let message = self.send_draft(caller, send.draft, None, send.once.as_ref()).await;
        self.kept.replay(caller.name(), send.once.as_ref(), message, messages::message).await
    }

    pub(super) async fn send_draft(
        &self,
        caller: &Caller,
        draft: Draft,
        reply_to: Option<Id>,
        once: Option<&IdempotentRequest>,
    ) -> Result<Message, Error> {
        let (sender, receiver) = tokio::join!(
            self.accounts.act_in_name(caller, draft.from.as_ref(), Right::WriteMessages),
            self.accounts.active(&draft.to)
        );
        let (sender, receiver) = (sender?, receiver?.profile.name);
        self.may_write(&sender, &receiver, &draft.to).await?;
        let mut message = self.written(&sender, receiver, draft.text).await?;
        message.reply_to = reply_to;
        message.quick_replies = draft.quick_replies.map(Vec::from).unwrap_or_default();
        let kept = once.map(|once| once.kept_for(&caller.name().key()));
        match self.store.add(&message, kept, sent(&sender, &message)).await? {
            Added::New => Ok(message),
            Added::SenderGone => Err(sender.ended()),
            Added::ReceiverGone => Err(unknown(&draft.to)),
        }
    }

    /// Checks that neither account has blocked the other. A blocked sender gets the same error as if the receiver did
    /// not exist. Costs a read.
    pub(super) async fn may_write(
        &self,
        sender: &Acting,
        receiver: &Username,
        reference: &AccountReference,
    ) -> Result<(), Error> {
        self.graph.relation(sender.name(), receiver).await?.may_meet(receiver, reference)
    }

    /// Returns a new message with only its text.
    pub(super) async fn written(&self, sender: &Acting, to: Username, text: MessageText) -> Result<Message, Error> {
        Ok(Message {
            id: self.ids.next().await?,
            from: sender.name().clone(),
            to,
            text,
            sent_at: self.clock.now(),
            read_at: None,
            reply_to: None,
            quick_replies: Vec::new(),
            quick_reply: None,
            answered_by: None,
            sent_by: sender.delegate().cloned(),
            sender_deleted: false,
            receiver_deleted: false,
        })
    }
}
