use super::send::sent;
use super::{Draft, Message, Messages, OptionIndex};
use crate::accounts::{Acting, Caller, Right, unknown};
use crate::model::idempotency::{IdempotentRequest, Outcome};
use crate::repositories::messages;
use crate::{AccountReference, Error, Id, MessageText, Username, excerpt};

/// A reply in words.
#[derive(Debug, Clone)]
pub struct Reply {
    /// What to say.
    pub draft: Draft,
    /// The message replied to, between the same two.
    pub reply_to: Id,
    /// The idempotency key, if the client gave one.
    pub once: Option<IdempotentRequest>,
}

/// The choice of one of the quick replies that a message offers.
#[derive(Debug, Clone)]
pub struct QuickReply {
    /// In whose name; the caller's own where nothing is said.
    pub from: Option<AccountReference>,
    /// Who asked.
    pub to: AccountReference,
    /// The choice.
    pub choice: OptionIndex,
    /// The message that asks; the newest that waits for an answer, where nothing is said.
    pub reply_to: Option<Id>,
    /// The idempotency key, if the client gave one.
    pub once: Option<IdempotentRequest>,
}

/// How often an answer is tried anew when the question changed meanwhile.
const ATTEMPTS: usize = 4;

impl Messages {
    /// Replies to a message in words. Costs one transaction.
    ///
    /// # Errors
    /// As for sending; `NotFound` where the message replied to is not between the same two.
    pub async fn reply(&self, caller: &Caller, reply: Reply) -> Result<Outcome<Message>, Error> {
        let sent = self.send_draft(caller, reply.draft, Some(reply.reply_to), reply.once.as_ref()).await;
        self.kept.replay(caller.name(), reply.once.as_ref(), sent, messages::message).await
    }

    /// Answers a message that offers quick replies with one of them. Costs one or two reads and one
    /// transaction.
    ///
    /// # Errors
    /// `NotFound` where no such message waits; `Invalid` where it does not offer the choice;
    /// `AlreadyAnswered`.
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
        for _ in 0..ATTEMPTS {
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

    /// The message from `asker` to `answerer` that offers quick replies and has no answer yet.
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
