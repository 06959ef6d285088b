use super::{Message, Messages, QuickReplies};
use crate::accounts::{Acting, Caller, Event, EventKind, Right, unknown};
use crate::model::idempotency::{IdempotentRequest, Outcome};
use crate::repositories::messages::{self, Added};
use crate::{AccountReference, Error, Id, MessageText, Username};

/// What somebody wants to say.
#[derive(Debug, Clone)]
pub struct Draft {
    /// In whose name; the caller's own where nothing is said.
    pub from: Option<AccountReference>,
    /// To whom.
    pub to: AccountReference,
    /// The text.
    pub text: MessageText,
    /// The quick replies to choose from.
    pub quick_replies: Option<QuickReplies>,
}

/// A draft, and that it is to be sent once.
#[derive(Debug, Clone)]
pub struct Send {
    /// What to say.
    pub draft: Draft,
    /// The idempotency key, if the client gave one.
    pub once: Option<IdempotentRequest>,
}

/// What the sender's audit tells of a message that a delegate sent.
pub(super) fn sent(sender: &Acting, message: &Message) -> Option<Event> {
    sender.event(message.id, EventKind::MessageSent, format!("message {} to {}", message.id, message.to))
}

impl Messages {
    /// Sends a message. Costs one transaction. When this answers, it is on disk, and both parties see it.
    ///
    /// # Errors
    /// `Forbidden` where the caller may not act for the sender, `NotFound` where there is no such receiver,
    /// `KeyReused`.
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

    /// Who was blocked is told what he would be told if the receiver were not there. Costs a read.
    pub(super) async fn may_write(
        &self,
        sender: &Acting,
        receiver: &Username,
        reference: &AccountReference,
    ) -> Result<(), Error> {
        self.graph.relation(sender.name(), receiver).await?.may_meet(receiver, reference)
    }

    /// A fresh message with nothing but its text.
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
