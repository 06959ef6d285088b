//! Encodes messages as items, and reads single attributes. Empty attributes are left out.

use compact_str::CompactString;

use crate::model::message::Message;
use crate::{Id, MessageText, OptionText, Timestamp, Username};
use item_store::api::{Attributes, StoreError, Value};

/// The time at which the receiver marked the message as read.
pub(super) const READ_AT: &str = "read";
/// The id of the answer to a question.
pub(super) const ANSWERED_BY: &str = "answer";
/// Set if the sender's account is deleted.
pub(super) const GONE_FROM: &str = "gone-from";
/// Set if the receiver's account is deleted.
pub(super) const GONE_TO: &str = "gone-to";
/// Both parties. Only in the item of the message itself, not in copies.
pub(super) const PAIR: &str = "pair";

const ID: &str = "id";
const FROM: &str = "from";
const TO: &str = "to";
const TEXT: &str = "text";
const SENT_AT: &str = "sent";
const REPLY_TO: &str = "reply";
const OPTIONS: &str = "options";
const CHOICE: &str = "choice";
const SENT_BY: &str = "by";

/// All attributes of a message.
pub(super) const NAMES: &[&str] =
    &[ID, FROM, TO, TEXT, SENT_AT, READ_AT, REPLY_TO, OPTIONS, CHOICE, SENT_BY, ANSWERED_BY, PAIR, GONE_FROM, GONE_TO];

/// Encodes a message.
pub(super) fn encode(message: &Message) -> Attributes {
    let mut attributes = Attributes::from_iter([
        (ID.into(), number(message.id)),
        (FROM.into(), Value::text(message.from.as_str())),
        (TO.into(), Value::text(message.to.as_str())),
        (TEXT.into(), Value::text(message.text.as_str())),
        (SENT_AT.into(), Value::Number(message.sent_at.millis())),
    ]);
    let options = message.quick_replies.iter().map(|option| Value::text(option.as_str())).collect::<Vec<_>>();
    let optional = [
        (READ_AT, message.read_at.map(time)),
        (REPLY_TO, message.reply_to.map(number)),
        (OPTIONS, Some(Value::List(options)).filter(|_| !message.quick_replies.is_empty())),
        (CHOICE, message.quick_reply.and_then(|index| i64::try_from(index).ok()).map(Value::Number)),
        (ANSWERED_BY, message.answered_by.map(number)),
        (SENT_BY, message.sent_by.as_ref().map(|name| Value::text(name.as_str()))),
        (GONE_FROM, message.sender_deleted.then_some(Value::Flag(true))),
        (GONE_TO, message.receiver_deleted.then_some(Value::Flag(true))),
    ];
    attributes.extend(optional.into_iter().filter_map(|(name, value)| Some((name.into(), value?))));
    attributes
}

/// Decodes a message.
pub(super) fn decode(attributes: &Attributes) -> Result<Message, StoreError> {
    let (mut id, mut from, mut to, mut text, mut sent_at) = (None, None, None, None, None);
    let (mut read_at, mut reply_to, mut quick_replies, mut quick_reply) = (None, None, Vec::new(), None);
    let (mut answered_by, mut sent_by) = (None, None);
    let (mut sender_deleted, mut receiver_deleted) = (false, false);
    for (name, value) in attributes {
        match (name.as_ref(), value) {
            (ID, Value::Number(number)) => id = Id::new(*number),
            (FROM, Value::Text(name)) => from = Some(parse(FROM, name)?),
            (TO, Value::Text(name)) => to = Some(parse(TO, name)?),
            (TEXT, Value::Text(words)) => text = Some(MessageText::stored(words.to_string())),
            (SENT_AT, Value::Number(millis)) => sent_at = Some(Timestamp::from_millis(*millis)),
            (READ_AT, Value::Number(millis)) => read_at = Some(Timestamp::from_millis(*millis)),
            (REPLY_TO, Value::Number(number)) => reply_to = Id::new(*number),
            (OPTIONS, Value::List(options)) => {
                quick_replies = options.iter().map(option).collect::<Result<_, _>>()?;
            }
            (CHOICE, Value::Number(index)) => {
                quick_reply = Some(usize::try_from(*index).map_err(|_| damaged(CHOICE))?);
            }
            (ANSWERED_BY, Value::Number(number)) => answered_by = Id::new(*number),
            (SENT_BY, Value::Text(name)) => sent_by = Some(parse(SENT_BY, name)?),
            (GONE_FROM, Value::Flag(gone)) => sender_deleted = *gone,
            (GONE_TO, Value::Flag(gone)) => receiver_deleted = *gone,
            (PAIR, Value::Text(_)) => {}
            (name, _) if NAMES.contains(&name) => return Err(damaged(name)),
            // Other attributes of the item, such as its expiry.
            _ => {}
        }
    }
    Ok(Message {
        id: id.ok_or_else(|| damaged(ID))?,
        from: from.ok_or_else(|| damaged(FROM))?,
        to: to.ok_or_else(|| damaged(TO))?,
        text: text.ok_or_else(|| damaged(TEXT))?,
        sent_at: sent_at.ok_or_else(|| damaged(SENT_AT))?,
        read_at,
        reply_to,
        quick_replies,
        quick_reply,
        answered_by,
        sent_by,
        sender_deleted,
        receiver_deleted,
    })
}

fn option(value: &Value) -> Result<OptionText, StoreError> {
    match value {
        Value::Text(text) => Ok(OptionText::stored(text.to_string())),
        _ => Err(damaged(OPTIONS)),
    }
}

/// Encodes an id.
pub(super) fn number(id: Id) -> Value {
    Value::Number(id.number())
}

/// Encodes a time.
pub(super) fn time(time: Timestamp) -> Value {
    Value::Number(time.millis())
}

/// Reads single attributes.
pub(super) struct Reader<'a>(pub(super) &'a Attributes);

impl Reader<'_> {
    pub(super) fn number(&self, name: &str) -> Result<i64, StoreError> {
        match self.0.get(name) {
            Some(Value::Number(number)) => Ok(*number),
            _ => Err(damaged(name)),
        }
    }

    pub(super) fn id(&self) -> Result<Id, StoreError> {
        Id::new(self.number(ID)?).ok_or_else(|| damaged(ID))
    }

    pub(super) fn text(&self, name: &str) -> Result<&str, StoreError> {
        match self.0.get(name) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(damaged(name)),
        }
    }

    pub(super) fn optional_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        if self.0.contains_key(name) { self.text(name).map(|text| Some(text.to_owned())) } else { Ok(None) }
    }

    pub(super) fn bytes(&self, name: &str) -> Result<&[u8], StoreError> {
        match self.0.get(name) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            _ => Err(damaged(name)),
        }
    }
}

pub(super) fn parse(name: &str, text: &CompactString) -> Result<Username, StoreError> {
    text.clone().try_into().map_err(|fault| StoreError::Corrupt(format!("the attribute {name} {fault}")))
}

pub(super) fn damaged(name: &str) -> StoreError {
    StoreError::Corrupt(format!("the attribute {name} is missing or of the wrong type"))
}
