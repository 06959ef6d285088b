use super::send::sent;
use super::{Draft, Message, Messages, OptionIndex};
use crate::accounts::{Acting, Caller, Right, unknown};
use crate::model::idempotency::{IdempotentRequest, Outcome};
use crate::repositories::messages;
use crate::{AccountReference, Error, Id, MessageText, Username, excerpt};
use item_store::retry::RACES;

/// A request to reply with a text.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The content of the reply.
    pub draft: Draft,
    /// The message to reply to, between the same two accounts.
    pub reply_to: Id,
    /// The idempotency key, if the client sent one.
    pub once: Option<IdempotentRequest>,
}

/// A request to answer a message with one of the quick replies that it offers.
#[derive(Debug, Clone)]
pub struct QuickReply {
    /// The sender, by default the caller.
    pub from: Option<AccountReference>,
    /// The account that sent the question.
    pub to: AccountReference,
    /// The chosen quick reply.
    pub choice: OptionIndex,
    /// The message to answer, by default the newest unanswered one with quick replies.
    pub reply_to: Option<Id>,
    /// The idempotency key, if the client sent one.
    pub once: Option<IdempotentRequest>,
}

impl Messages {
    /// Replies to a message with a text. Costs a read and a transaction.
    ///
    /// # Errors
    /// As for sending; `NotFound` if the message to reply to is not between the same two accounts.
    pub async fn reply(&self, caller: &Caller, reply: Reply) -> Result<Outcome<Message>, Error> {
        let sent = self.send_draft(caller, reply.draft, Some(reply.reply_to), reply.once.as_ref()).await;
        self.kept.replay(caller.name(), reply.once.as_ref(), sent, messages::message).await
    }

    /// Answers a message with one of the quick replies that it offers. Costs two reads and a transaction, and a query
    /// if `reply_to` is not given.
    ///
    /// # Errors
    /// `NotFound` if no such message is unanswered; `Invalid` if it does not offer the choice; `AlreadyAnswered`;
    /// otherwise as for sending.
    pub async fn quick_reply(&self, caller: &Caller, reply: QuickReply) -> Result<Outcome<Message>, Error> {
        let sent = self.choose(caller, &reply).await;
        self.kept.replay(caller.name(), reply.once.as_ref(), sent, messages::message).await
    }

    async fn choose(&self, caller: &Caller, reply: &QuickReply) -> Result<Message, Error> {
        let sender = self.accounts.act_in_name(caller, reply.from.as_ref(), Right::WriteMessages).await?;
        let asker = self.accounts.active(&reply.to).await?.profile.name;
        self.may_write(&sender, &asker, &reply.to).await?;
        let target = match reply.reply_to {
            Some(target) => target,
            None => self.store.open_question(&asker, sender.name()).await?.ok_or_else(|| {
                Error::NotFound(format!(
                    "no message from {asker} to {} waits for a quick reply: each can be answered once",
                    sender.name()
                ))
            })?,
        };
        for _ in 0..RACES {
            let question = self.question(target, &asker, sender.name()).await?;
            if question.receiver_deleted {
                return Err(sender.ended());
            }
            if question.sender_deleted {
                return Err(unknown(&reply.to));
            }
            let answer = self.answer(&sender, &question, reply.choice).await?;
            let kept = reply.once.as_ref().map(|once| once.kept_for(&caller.name().key()));
            if self.store.answer(&question, &answer, kept, sent(&sender, &answer)).await? {
                return Ok(answer);
            }
        }
        Err(Error::Overloaded)
    }

    /// Returns the message from `asker` to `answerer`, if it has no answer yet.
    async fn question(&self, target: Id, asker: &Username, answerer: &Username) -> Result<Message, Error> {
        let question = self
            .store
            .get(target)
            .await?
            .filter(|message| message.from == *asker && message.to == *answerer)
            .ok_or_else(|| Error::NotFound(format!("there is no message {target} from {asker} to {answerer}")))?;
        match question.answered_by {
            None => Ok(question),
            Some(answer) => {
                let answer = self.store.get(answer).await?;
                let answer = answer.ok_or_else(|| Error::internal(format!("the answer to {target} is missing")))?;
                Err(Error::AlreadyAnswered(Box::new(answer)))
            }
        }
    }

    async fn answer(&self, sender: &Acting, question: &Message, choice: OptionIndex) -> Result<Message, Error> {
        let text: MessageText = match question.quick_replies.get(choice.0) {
            Some(option) => MessageText::stored(option.as_str().to_owned()),
            None => return Err(not_offered(question, choice)),
        };
        let mut answer = self.written(sender, question.from.clone(), text).await?;
        answer.reply_to = Some(question.id);
        answer.quick_reply = Some(choice.0);
        Ok(answer)
    }
}

fn not_offered(question: &Message, choice: OptionIndex) -> Error {
    let offered = question.quick_replies.iter().enumerate();
    let offered: Vec<_> = offered.map(|(index, option)| format!("{index} \"{}\"", excerpt(option.as_str()))).collect();
    let offered = if offered.is_empty() { "no quick replies".to_owned() } else { offered.join(", ") };
    Error::invalid("quick-reply", format!("{} is not offered: message {} offers {offered}", choice.0, question.id))
}
