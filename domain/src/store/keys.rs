//! Every key that is spelt, each with what is under it. Names stand in keys in lower case, ids as 16 hex
//! digits, so that they sort. `schema/README.md` tells which of them is read when.

use super::table::Key;
use crate::{Fingerprint, Id, Username};

fn key(partition: String, sort: String) -> Key {
    Key { partition, sort }
}

/// An id as it stands in keys.
pub(super) fn id(id: Id) -> String {
    format!("{:016x}", id.number())
}

/// The id that stands so in a key.
pub(super) fn read_id(text: &str) -> Option<Id> {
    i64::from_str_radix(text, 16).ok().and_then(Id::new)
}

/// The message itself.
pub(super) fn message(message: Id) -> Key {
    key(format!("m#{}", id(message)), "m".to_owned())
}

/// Its replies, oldest first.
pub(super) fn replies(message: Id) -> String {
    format!("r#{}", id(message))
}

/// What somebody received.
pub(super) fn inbox(receiver: &Username) -> String {
    format!("i#{}", receiver.key())
}

/// What of that he has not marked as read.
pub(super) fn unread(receiver: &Username) -> String {
    format!("u#{}", receiver.key())
}

/// What somebody sent.
pub(super) fn sent(sender: &Username) -> String {
    format!("s#{}", sender.key())
}

/// What one sent to another: half of their conversation.
pub(super) fn conversation(sender: &Username, receiver: &Username) -> String {
    format!("c#{}#{}", sender.key(), receiver.key())
}

/// The questions of one to another that wait for a quick reply.
pub(super) fn questions(sender: &Username, receiver: &Username) -> String {
    format!("q#{}#{}", sender.key(), receiver.key())
}

/// The entry of a message in one of the lists above.
pub(super) fn entry(list: String, message: Id) -> Key {
    key(list, id(message))
}

/// Where an item of a message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The message.
    pub(crate) message: Id,
    /// The list that it stands in; none for the message itself.
    pub(crate) list: Option<List>,
}

/// Whose list it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum List {
    /// Somebody's own: what he received, has not read, or sent.
    Own(Username),
    /// Of several: half of a conversation, open questions, the replies to a message.
    Shared,
}

/// The place that a key of the table `messages` is; `None` for one that nothing here spells.
pub(super) fn place(key: &Key) -> Option<Place> {
    let (kind, rest) = key.partition.split_once('#')?;
    let exactly = |text: &str| read_id(text).filter(|read| id(*read) == text);
    let name = |text: &str| text.parse::<Username>().ok().filter(|name| name.key() == text);
    let list = match kind {
        "m" => return exactly(rest).filter(|_| key.sort == "m").map(|message| Place { message, list: None }),
        "i" | "u" | "s" => List::Own(name(rest)?),
        "c" | "q" => {
            let (from, to) = rest.split_once('#')?;
            name(from).and(name(to)).map(|_| List::Shared)?
        }
        "r" => exactly(rest).map(|_| List::Shared)?,
        _ => return None,
    };
    exactly(&key.sort).map(|message| Place { message, list: Some(list) })
}

/// Both parties of a message in one word, the same in both directions.
pub(super) fn pair(one: &Username, other: &Username) -> String {
    let (one, other) = (one.key(), other.key());
    if one <= other { format!("{one}#{other}") } else { format!("{other}#{one}") }
}

/// What everyone may see of an account.
pub(super) fn profile(name: &Username) -> Key {
    key(format!("p#{}", name.key()), "profile".to_owned())
}

/// Whose profile stands under a key of the table `graph`; `None` for one that nothing here spells.
pub(super) fn profile_owner(key: &Key) -> Option<Username> {
    let name = key.partition.strip_prefix("p#").filter(|_| key.sort == "profile")?;
    name.parse::<Username>().ok().filter(|owner| owner.key() == name)
}

/// What an idempotency key made.
pub(super) fn idempotency(name: &Fingerprint) -> Key {
    key(format!("idempotency#{name}"), "-".to_owned())
}

/// What delegates did for somebody.
pub(super) fn acts(owner: &Username) -> String {
    format!("acts#{}", owner.key())
}

/// What an item of the table `platform` is, for people.
pub(super) fn platform_kind(key: &Key) -> &'static str {
    match key.partition.split_once('#') {
        Some(("idempotency", _)) => "idempotency keys",
        Some(("acts", _)) => "acts of delegates",
        None if key.partition == WORKERS => "leases on worker numbers",
        _ => "items of an unknown kind",
    }
}

/// The leases on worker numbers.
pub(super) const WORKERS: &str = "workers";

/// The lease on one of them.
pub(super) fn worker(number: u8) -> Key {
    key(WORKERS.to_owned(), format!("{number:03}"))
}
