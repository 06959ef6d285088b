//! Every key that is spelt, each with what is under it. Names stand in keys in lower case, ids as 16 hex
//! digits, so that they sort. `schema/README.md` tells which of them is read when.

use compact_str::{CompactString, format_compact};

use crate::item_store::api::Key;
use crate::model::instance::Service;
use crate::{Fingerprint, Id, Username};

fn key(partition: CompactString, sort: CompactString) -> Key {
    Key { partition, sort }
}

/// An id as it stands in keys.
pub(super) fn id(id: Id) -> CompactString {
    format_compact!("{:016x}", id.number())
}

/// The id that stands so in a key.
pub(super) fn read_id(text: &str) -> Option<Id> {
    i64::from_str_radix(text, 16).ok().and_then(Id::new)
}

/// The message itself.
pub(super) fn message(message: Id) -> Key {
    key(format_compact!("m#{}", id(message)), CompactString::const_new("m"))
}

/// Its replies, oldest first.
pub(super) fn replies(message: Id) -> CompactString {
    format_compact!("r#{}", id(message))
}

/// What somebody received.
pub(super) fn inbox(receiver: &Username) -> CompactString {
    format_compact!("i#{}", receiver.key())
}

/// What of that he has not marked as read.
pub(super) fn unread(receiver: &Username) -> CompactString {
    format_compact!("u#{}", receiver.key())
}

/// What somebody sent.
pub(super) fn sent(sender: &Username) -> CompactString {
    format_compact!("s#{}", sender.key())
}

/// What one sent to another: half of their conversation.
pub(super) fn conversation(sender: &Username, receiver: &Username) -> CompactString {
    format_compact!("c#{}#{}", sender.key(), receiver.key())
}

/// The questions of one to another that wait for a quick reply.
pub(super) fn questions(sender: &Username, receiver: &Username) -> CompactString {
    format_compact!("q#{}#{}", sender.key(), receiver.key())
}

/// The entry of a message in one of the lists above.
pub(super) fn entry(list: CompactString, message: Id) -> Key {
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
pub(super) fn pair(one: &Username, other: &Username) -> CompactString {
    let (one, other) = (one.key(), other.key());
    if one <= other { format_compact!("{one}#{other}") } else { format_compact!("{other}#{one}") }
}

/// What everyone may see of an account.
pub(super) fn profile(name: &Username) -> Key {
    key(format_compact!("p#{}", name.key()), CompactString::const_new("profile"))
}

/// Whose profile stands under a key of the table `graph`; `None` for one that nothing here spells.
pub(super) fn profile_owner(key: &Key) -> Option<Username> {
    let name = key.partition.strip_prefix("p#").filter(|_| key.sort == "profile")?;
    name.parse::<Username>().ok().filter(|owner| owner.key() == name)
}

/// A copy of the fence of a deleted account.
pub(super) fn fence(of: &Username, copy: u8) -> Key {
    key(format_compact!("x#{}", of.key()), format_compact!("{copy:02x}"))
}

/// What somebody has to do with somebody else.
pub(super) fn relation(one: &Username, other: &Username) -> Key {
    key(relations(one), other.key())
}

/// All that somebody has to do with others.
pub(super) fn relations(one: &Username) -> CompactString {
    format_compact!("e#{}", one.key())
}

/// Who follows somebody, in the order in which they came.
pub(super) fn followers(of: &Username) -> CompactString {
    format_compact!("f#{}", of.key())
}

/// Whom somebody follows.
pub(super) fn following(of: &Username) -> CompactString {
    format_compact!("g#{}", of.key())
}

/// Whom somebody blocks.
pub(super) fn blocks(of: &Username) -> CompactString {
    format_compact!("b#{}", of.key())
}

/// Whom somebody mutes.
pub(super) fn mutes(of: &Username) -> CompactString {
    format_compact!("m#{}", of.key())
}

/// The post itself.
pub(super) fn post(post: Id) -> Key {
    key(format_compact!("o#{}", id(post)), CompactString::const_new("post"))
}

/// What it said before its edits.
pub(super) fn revisions(post: Id) -> CompactString {
    format_compact!("v#{}", id(post))
}

/// One of them.
pub(super) fn revision(post: Id, number: u32) -> Key {
    key(revisions(post), format_compact!("{number:08x}"))
}

/// What somebody posted and reposted.
pub(super) fn authored(author: &Username) -> CompactString {
    format_compact!("a#{}", author.key())
}

/// What somebody commented.
pub(super) fn commented(author: &Username) -> CompactString {
    format_compact!("c#{}", author.key())
}

/// The comments on a post.
pub(super) fn comments(post: Id) -> CompactString {
    format_compact!("r#{}", id(post))
}

/// What stands for a deleted post that has comments.
pub(super) fn tombstone(post: Id) -> Key {
    key(format_compact!("x#{}", id(post)), CompactString::const_new("tombstone"))
}

/// What an item of the table `posts` has to do with what a post counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// It holds the counters.
    Counters,
    Like,
    Repost,
    Comment,
}

/// What an item of the table `posts` has to do with what a post counts, and which post; `None` for other items.
pub(super) fn counted(key: &Key) -> Option<(Id, Counted)> {
    let (kind, post) = key.partition.split_once('#')?;
    let counted = match kind {
        "o" | "x" => Counted::Counters,
        "l" => Counted::Like,
        "y" => Counted::Repost,
        "r" => Counted::Comment,
        _ => return None,
    };
    Some((read_id(post)?, counted))
}

/// Those who like a post.
pub(super) fn likers(post: Id) -> CompactString {
    format_compact!("l#{}", id(post))
}

/// Those who reposted a post.
pub(super) fn reposters(post: Id) -> CompactString {
    format_compact!("y#{}", id(post))
}

/// Somebody among those who did something to a post.
pub(super) fn fan(list: CompactString, who: &Username) -> Key {
    key(list, who.key())
}

/// What somebody likes.
pub(super) fn liked(by: &Username) -> CompactString {
    format_compact!("k#{}", by.key())
}

/// Somebody's home timeline.
pub(super) fn home(reader: &Username) -> CompactString {
    format_compact!("h#{}", reader.key())
}

/// The authors whose posts somebody's home timeline has to be completed with.
pub(super) fn pulled(reader: &Username) -> CompactString {
    format_compact!("w#{}", reader.key())
}

/// One of them.
pub(super) fn pull(reader: &Username, author: &Username) -> Key {
    key(pulled(reader), author.key())
}

/// The parts of the public timeline that have anything.
pub(super) const PUBLIC: &str = "public";

/// How many parts a week of the public timeline has, so that none takes all that is posted.
pub(super) const PUBLIC_SHARDS: i64 = 4;

/// The part of the public timeline that a post stands in: a week (2^29 ms, 6.2 days) and a shard of it.
pub(super) fn public_part(post: Id) -> CompactString {
    // By its millisecond, and by its place in that.
    let shard = (post.number() ^ (post.number() >> 16)) % PUBLIC_SHARDS;
    format_compact!("{:08x}-{shard}", post.number() >> 45)
}

/// The entry of a part in the list of those that there are.
pub(super) fn public_index(part: &str) -> Key {
    key(CompactString::const_new(PUBLIC), part.into())
}

/// What stands in a part.
pub(super) fn public(part: &str) -> CompactString {
    format_compact!("t#{part}")
}

/// The jobs of a shard, oldest first.
pub(super) fn jobs(shard: u8) -> CompactString {
    format_compact!("jobs#{shard:03}")
}

/// The jobs of a shard that failed too often, oldest first.
pub(super) fn parked_jobs(shard: u8) -> CompactString {
    format_compact!("parked#{shard:03}")
}

/// What an item of the table `graph` is, besides profiles; `None` for one that nothing here spells.
pub(super) fn is_of_the_graph(key: &Key) -> bool {
    let Some((kind, name)) = key.partition.split_once('#') else { return false };
    let named = |text: &str| text.parse::<Username>().is_ok_and(|name| name.key() == text);
    let numbered = |text: &str| read_id(text).is_some_and(|read| id(read) == text);
    match kind {
        "e" => named(name) && named(&key.sort),
        "f" | "g" | "b" | "m" => named(name) && numbered(&key.sort),
        "x" => named(name) && (0..super::fence::COPIES).any(|copy| key.sort == format_compact!("{copy:02x}")),
        _ => false,
    }
}

/// The catalogue.
pub(super) const PRODUCTS: &str = "products";

/// One of its products.
pub(super) fn product(product: Id) -> Key {
    entry(CompactString::const_new(PRODUCTS), product)
}

/// What is in somebody's cart.
pub(super) fn cart(owner: &Username) -> CompactString {
    format_compact!("c#{}", owner.key())
}

/// What an item of the table `shop` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// A product.
    Product(Id),
    /// A line of somebody's cart.
    Line(Username, Id),
}

/// The place that a key of the table `shop` is; `None` for one that nothing here spells.
pub(super) fn shelf(key: &Key) -> Option<Shelf> {
    let number = read_id(&key.sort).filter(|read| id(*read) == key.sort)?;
    if key.partition == PRODUCTS {
        return Some(Shelf::Product(number));
    }
    let name = key.partition.strip_prefix("c#")?;
    let owner = name.parse::<Username>().ok().filter(|owner| owner.key() == name)?;
    Some(Shelf::Line(owner, number))
}

/// What an idempotency key made.
pub(super) fn idempotency(name: &Fingerprint) -> Key {
    key(format_compact!("idempotency#{name}"), CompactString::const_new("-"))
}

/// What delegates did for somebody.
pub(super) fn acts(owner: &Username) -> CompactString {
    format_compact!("acts#{}", owner.key())
}

/// What an item of the table `platform` is, for people.
pub(super) fn platform_kind(key: &Key) -> &'static str {
    match key.partition.split_once('#') {
        Some(("idempotency", _)) => "idempotency keys",
        Some(("acts", _)) => "acts of delegates",
        Some(("jobs", _)) => "jobs of the timelines",
        Some(("parked", _)) => "parked jobs of the timelines",
        None if key.partition == WORKERS => "leases on worker numbers",
        None if key.partition == SHARDS => "leases on shards of jobs",
        None if key.partition == SERVICES => "instances of services",
        None if *key == installation() => "marks of the installation",
        _ => "items of an unknown kind",
    }
}

/// The leases on worker numbers.
pub(super) const WORKERS: &str = "workers";

/// The leases on shards of jobs.
pub(super) const SHARDS: &str = "shards";

/// The lease on one of them.
pub(super) fn lease(of: &str, number: u8) -> Key {
    key(of.into(), format_compact!("{number:03}"))
}

/// Which installation this is.
pub(super) fn installation() -> Key {
    key(CompactString::const_new("installation"), CompactString::const_new("-"))
}

/// The instances of the services.
pub(super) const SERVICES: &str = "services";

/// One of them.
pub(super) fn instance(service: Service, instance: &str) -> Key {
    key(CompactString::const_new(SERVICES), format_compact!("{service}#{instance}"))
}
