//! All keys of items. In keys, names are in lower case, and ids are 16 hex digits, so that they sort.
//! `schema/README.md` lists when each is read.

use compact_str::{CompactString, format_compact};

use crate::model::instance::Service;
use crate::{Fingerprint, Id, Username};
use item_store::api::Key;

fn key(partition: CompactString, sort: CompactString) -> Key {
    Key { partition, sort }
}

/// Formats an id for keys.
pub(super) fn id(id: Id) -> CompactString {
    format_compact!("{:016x}", id.number())
}

/// Parses an id in a key.
pub(super) fn read_id(text: &str) -> Option<Id> {
    i64::from_str_radix(text, 16).ok().and_then(Id::new)
}

/// A message.
pub(super) fn message(message: Id) -> Key {
    key(format_compact!("m#{}", id(message)), CompactString::const_new("m"))
}

/// The replies to a message, oldest first.
pub(super) fn replies(message: Id) -> CompactString {
    format_compact!("r#{}", id(message))
}

/// The messages that an account received.
pub(super) fn inbox(receiver: &Username) -> CompactString {
    format_compact!("i#{}", receiver.key())
}

/// The unread messages of an account.
pub(super) fn unread(receiver: &Username) -> CompactString {
    format_compact!("u#{}", receiver.key())
}

/// The messages that an account sent.
pub(super) fn sent(sender: &Username) -> CompactString {
    format_compact!("s#{}", sender.key())
}

/// The messages from one account to another: half of their conversation.
pub(super) fn conversation(sender: &Username, receiver: &Username) -> CompactString {
    format_compact!("c#{}#{}", sender.key(), receiver.key())
}

/// The questions from one account to another that wait for a quick reply.
pub(super) fn questions(sender: &Username, receiver: &Username) -> CompactString {
    format_compact!("q#{}#{}", sender.key(), receiver.key())
}

/// The entry for an id in a list.
pub(super) fn entry(list: CompactString, message: Id) -> Key {
    key(list, id(message))
}

/// The place of an item of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The message.
    pub(crate) message: Id,
    /// The list that contains it; `None` for the message itself.
    pub(crate) list: Option<List>,
}

/// The kind of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum List {
    /// A list of one account: received, unread or sent messages.
    Own(Username),
    /// A list of several accounts: half of a conversation, open questions, replies to a message.
    Shared,
}

/// Parses a key of the table `messages`. Returns `None` if it is of no known kind.
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

/// Both parties of a message, in the same order for both directions.
pub(super) fn pair(one: &Username, other: &Username) -> CompactString {
    let (one, other) = (one.key(), other.key());
    if one <= other { format_compact!("{one}#{other}") } else { format_compact!("{other}#{one}") }
}

/// The public profile of an account.
pub(super) fn profile(name: &Username) -> Key {
    key(format_compact!("p#{}", name.key()), CompactString::const_new("profile"))
}

/// Returns the owner of a profile from its key in the table `graph`. Returns `None` for other keys.
pub(super) fn profile_owner(key: &Key) -> Option<Username> {
    let name = key.partition.strip_prefix("p#").filter(|_| key.sort == "profile")?;
    name.parse::<Username>().ok().filter(|owner| owner.key() == name)
}

/// A copy of the fence of a deleted account.
pub(super) fn fence(of: &Username, copy: u8) -> Key {
    key(format_compact!("x#{}", of.key()), format_compact!("{copy:02x}"))
}

/// The relation of one account to another.
pub(super) fn relation(one: &Username, other: &Username) -> Key {
    key(relations(one), other.key())
}

/// All relations of an account.
pub(super) fn relations(one: &Username) -> CompactString {
    format_compact!("e#{}", one.key())
}

/// The followers of an account, in the order in which they came.
pub(super) fn followers(of: &Username) -> CompactString {
    format_compact!("f#{}", of.key())
}

/// The accounts that an account follows.
pub(super) fn following(of: &Username) -> CompactString {
    format_compact!("g#{}", of.key())
}

/// The accounts that an account blocks.
pub(super) fn blocks(of: &Username) -> CompactString {
    format_compact!("b#{}", of.key())
}

/// The accounts that an account mutes.
pub(super) fn mutes(of: &Username) -> CompactString {
    format_compact!("m#{}", of.key())
}

/// A post.
pub(super) fn post(post: Id) -> Key {
    key(format_compact!("o#{}", id(post)), CompactString::const_new("post"))
}

/// The texts of a post before its edits.
pub(super) fn revisions(post: Id) -> CompactString {
    format_compact!("v#{}", id(post))
}

/// One of the texts.
pub(super) fn revision(post: Id, number: u32) -> Key {
    key(revisions(post), format_compact!("{number:08x}"))
}

/// The posts and reposts of an account.
pub(super) fn authored(author: &Username) -> CompactString {
    format_compact!("a#{}", author.key())
}

/// The comments of an account.
pub(super) fn commented(author: &Username) -> CompactString {
    format_compact!("c#{}", author.key())
}

/// The comments on a post.
pub(super) fn comments(post: Id) -> CompactString {
    format_compact!("r#{}", id(post))
}

/// The tombstone of a deleted post that has comments.
pub(super) fn tombstone(post: Id) -> Key {
    key(format_compact!("x#{}", id(post)), CompactString::const_new("tombstone"))
}

/// How an item of the table `posts` contributes to the counters of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// The item has the counters.
    Counters,
    Like,
    Repost,
    Comment,
}

/// Returns the post to whose counters an item of the table `posts` contributes, and how. Returns `None` for other
/// items.
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

/// The accounts that like a post.
pub(super) fn likers(post: Id) -> CompactString {
    format_compact!("l#{}", id(post))
}

/// The accounts that reposted a post.
pub(super) fn reposters(post: Id) -> CompactString {
    format_compact!("y#{}", id(post))
}

/// An account in one of these lists.
pub(super) fn fan(list: CompactString, who: &Username) -> Key {
    key(list, who.key())
}

/// The posts that an account likes.
pub(super) fn liked(by: &Username) -> CompactString {
    format_compact!("k#{}", by.key())
}

/// The home timeline of an account.
pub(super) fn home(reader: &Username) -> CompactString {
    format_compact!("h#{}", reader.key())
}

/// The authors whose posts have to be pulled for a home timeline.
pub(super) fn pulled(reader: &Username) -> CompactString {
    format_compact!("w#{}", reader.key())
}

/// One of these authors.
pub(super) fn pull(reader: &Username, author: &Username) -> Key {
    key(pulled(reader), author.key())
}

/// The list of the parts of the public timeline that have posts.
pub(super) const PUBLIC: &str = "public";

/// Number of parts of the public timeline for each week, so that no part takes all posts.
pub(super) const PUBLIC_SHARDS: i64 = 4;

/// The part of the public timeline that contains a post: a week (2^29 ms, 6.2 days) and a shard of it.
pub(super) fn public_part(post: Id) -> CompactString {
    // Depends on the millisecond and on the sequence number in the id.
    let shard = (post.number() ^ (post.number() >> 16)) % PUBLIC_SHARDS;
    format_compact!("{:08x}-{shard}", post.number() >> 45)
}

/// The entry of a part in the list of parts.
pub(super) fn public_index(part: &str) -> Key {
    key(CompactString::const_new(PUBLIC), part.into())
}

/// The posts in a part of the public timeline.
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

/// Returns whether a key of the table `graph` is of a known kind other than a profile.
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

/// The products.
pub(super) const PRODUCTS: &str = "products";

/// A product.
pub(super) fn product(product: Id) -> Key {
    entry(CompactString::const_new(PRODUCTS), product)
}

/// The lines of a cart.
pub(super) fn cart(owner: &Username) -> CompactString {
    format_compact!("c#{}", owner.key())
}

/// An item of the table `shop`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// A product.
    Product(Id),
    /// A line of a cart.
    Line(Username, Id),
}

/// Parses a key of the table `shop`. Returns `None` if it is of no known kind.
pub(super) fn shelf(key: &Key) -> Option<Shelf> {
    let number = read_id(&key.sort).filter(|read| id(*read) == key.sort)?;
    if key.partition == PRODUCTS {
        return Some(Shelf::Product(number));
    }
    let name = key.partition.strip_prefix("c#")?;
    let owner = name.parse::<Username>().ok().filter(|owner| owner.key() == name)?;
    Some(Shelf::Line(owner, number))
}

/// The result of an idempotency key.
pub(super) fn idempotency(name: &Fingerprint) -> Key {
    key(format_compact!("idempotency#{name}"), CompactString::const_new("-"))
}

/// The acts of an account's delegates.
pub(super) fn acts(owner: &Username) -> CompactString {
    format_compact!("acts#{}", owner.key())
}

/// Describes an item of the table `platform`, for people.
pub(super) fn platform_kind(key: &Key) -> &'static str {
    match key.partition.split_once('#') {
        Some(("idempotency", _)) => "idempotency keys",
        Some(("acts", _)) => "acts of delegates",
        Some(("jobs", _)) => "timeline jobs",
        Some(("parked", _)) => "parked timeline jobs",
        None if key.partition == WORKERS => "leases on worker numbers",
        None if key.partition == SHARDS => "leases on job shards",
        None if key.partition == SERVICES => "instances of services",
        None if *key == installation() => "marks of the installation",
        _ => "items of an unknown kind",
    }
}

/// The leases on worker numbers.
pub(super) const WORKERS: &str = "workers";

/// The leases on shards of jobs.
pub(super) const SHARDS: &str = "shards";

/// A lease on a worker number or a shard.
pub(super) fn lease(of: &str, number: u8) -> Key {
    key(of.into(), format_compact!("{number:03}"))
}

/// The mark of the installation.
pub(super) fn installation() -> Key {
    key(CompactString::const_new("installation"), CompactString::const_new("-"))
}

/// The instances of services.
pub(super) const SERVICES: &str = "services";

/// An instance.
pub(super) fn instance(service: Service, instance: &str) -> Key {
    key(CompactString::const_new(SERVICES), format_compact!("{service}#{instance}"))
}
