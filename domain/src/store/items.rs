//! How a message stands in an item. An attribute that would be empty is left out.

use std::str::FromStr;

use super::table::{Attributes, StoreError, Value};
use crate::messages::Message;
use crate::{Id, Timestamp};

/// When its receiver marked a message as read.
pub(super) const READ_AT: &str = "read";
/// The id of the answer to a question.
pub(super) const ANSWERED_BY: &str = "answer";
/// Both parties, on the message itself alone.
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

/// The attributes of a message.
pub(super) fn encode(message: &Message) -> Attributes {
    let mut attributes = Attributes::from([
        (ID.into(), number(message.id)),
        (FROM.into(), Value::Text(message.from.to_string())),
        (TO.into(), Value::Text(message.to.to_string())),
        (TEXT.into(), Value::Text(message.text.to_string())),
        (SENT_AT.into(), Value::Number(message.sent_at.millis())),
    ]);
    let options = message.quick_replies.iter().map(|option| Value::Text(option.to_string())).collect::<Vec<_>>();
    let optional = [
        (READ_AT, message.read_at.map(time)),
        (REPLY_TO, message.reply_to.map(number)),
        (OPTIONS, Some(Value::List(options)).filter(|_| !message.quick_replies.is_empty())),
        (CHOICE, message.quick_reply.and_then(|index| i64::try_from(index).ok()).map(Value::Number)),
        (ANSWERED_BY, message.answered_by.map(number)),
        (SENT_BY, message.sent_by.as_ref().map(|name| Value::Text(name.to_string()))),
    ];
    attributes.extend(optional.into_iter().filter_map(|(name, value)| Some((name.into(), value?))));
    attributes
}

/// The message in these attributes.
pub(super) fn decode(attributes: &Attributes) -> Result<Message, StoreError> {
    let reader = Reader(attributes);
    let options = match attributes.get(OPTIONS) {
        None => Vec::new(),
        Some(Value::List(options)) => options.iter().map(|option| parse(OPTIONS, option)).collect::<Result<_, _>>()?,
        Some(_) => return Err(damaged(OPTIONS)),
    };
    Ok(Message {
        id: reader.required(ID)?,
        from: reader.required(FROM)?,
        to: reader.required(TO)?,
        text: reader.required(TEXT)?,
        sent_at: reader.time(SENT_AT)?.ok_or_else(|| damaged(SENT_AT))?,
        read_at: reader.time(READ_AT)?,
        reply_to: reader.optional(REPLY_TO)?,
        quick_replies: options,
        quick_reply: reader.optional(CHOICE)?,
        answered_by: reader.optional(ANSWERED_BY)?,
        sent_by: reader.optional(SENT_BY)?,
    })
}

/// An id as an attribute.
pub(super) fn number(id: Id) -> Value {
    Value::Number(id.number())
}

/// A time as an attribute.
pub(super) fn time(time: Timestamp) -> Value {
    Value::Number(time.millis())
}

/// Reads attributes into the domain's types. What is stored was parsed when it came in.
pub(super) struct Reader<'a>(pub(super) &'a Attributes);

impl Reader<'_> {
    pub(super) fn optional<T: FromStr<Err: ToString>>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.0.get(name).map(|value| parse(name, value)).transpose()
    }

    pub(super) fn required<T: FromStr<Err: ToString>>(&self, name: &str) -> Result<T, StoreError> {
        self.optional(name)?.ok_or_else(|| damaged(name))
    }

    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.optional(name)?.map(Timestamp::from_millis))
    }

    pub(super) fn bytes(&self, name: &str) -> Result<&[u8], StoreError> {
        match self.0.get(name) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            _ => Err(damaged(name)),
        }
    }
}

fn parse<T: FromStr<Err: ToString>>(name: &str, value: &Value) -> Result<T, StoreError> {
    let parsed = match value {
        Value::Text(text) => text.parse::<T>(),
        Value::Number(number) => number.to_string().parse(),
        _ => return Err(damaged(name)),
    };
    parsed.map_err(|fault: T::Err| StoreError::Corrupt(format!("the attribute {name} {}", fault.to_string())))
}

fn damaged(name: &str) -> StoreError {
    StoreError::Corrupt(format!("the attribute {name} is missing or of the wrong type"))
}
