//! The store calls of the server, built by hand (`schema/README.md`). A test compares them with what the server
//! writes.

use item_store::api::{
    Action, Attributes, Change, Condition, Direction, Effect, Item, Key, Query, SortRange, Table, Value, Write,
};
use twclone_schema::{GRAPH, MESSAGES, POSTS, TIMELINES};

use crate::crowd::Post;
use crate::people::{self, Letter};

/// Returns the transaction that sends a message or a reply.
#[must_use]
pub fn send(letter: &Letter) -> Vec<Action> {
    let rows = rows(letter);
    let put = |(place, item): (usize, Item)| Action {
        table: MESSAGES,
        key: item.key,
        conditions: if place == 0 { vec![Condition::Absent] } else { Vec::new() },
        effect: Effect::Put(item.attributes),
    };
    let mut actions: Vec<_> = rows.into_iter().enumerate().map(put).collect();
    actions.extend(letter.reply_to.map(|parent| Action {
        table: MESSAGES,
        key: message(parent),
        conditions: vec![Condition::Equals("pair", Value::text(&pair(letter)))],
        effect: Effect::Check,
    }));
    actions
}

/// Returns the items of a message: the message itself, and a copy in each list.
#[must_use]
pub fn rows(letter: &Letter) -> Vec<Item> {
    let mut copy = Attributes::from_iter([
        ("id".into(), Value::Number(letter.id)),
        ("from".into(), Value::text(&people::name(letter.from))),
        ("to".into(), Value::text(&people::name(letter.to))),
        ("text".into(), Value::text(letter.text)),
        ("sent".into(), Value::Number(letter.sent)),
    ]);
    copy.extend(letter.reply_to.map(|parent| ("reply".into(), Value::Number(parent))));
    let mut own = copy.clone();
    own.insert("pair".into(), Value::text(&pair(letter)));
    let attributes = std::iter::once(own).chain(std::iter::repeat(copy));
    keys(letter).into_iter().zip(attributes).map(|(key, attributes)| Item { key, attributes }).collect()
}

/// Returns the keys of these items, the message's own first.
#[must_use]
pub fn keys(letter: &Letter) -> Vec<Key> {
    let (from, to) = (people::name(letter.from), people::name(letter.to));
    let mut lists = vec![inbox(letter.to), format!("s#{from}"), format!("c#{from}#{to}")];
    lists.extend(letter.reply_to.map(|parent| format!("r#{}", id(parent))));
    lists.push(format!("u#{to}"));
    let copies = lists.into_iter().map(|partition| Key::new(&partition, &id(letter.id)));
    std::iter::once(message(letter.id)).chain(copies).collect()
}

/// Returns the same items as writes of a batch.
pub fn writes(letter: &Letter) -> impl Iterator<Item = Write> + use<> {
    rows(letter).into_iter().map(|item| Write::Put(MESSAGES, item))
}

/// Returns the query for the newest 20 messages that a person received.
#[must_use]
pub fn list(person: u64) -> Query {
    let (range, direction) = (SortRange::All, Direction::Descending);
    Query { table: MESSAGES, partition: inbox(person).into(), range, direction, limit: 20, after: None }
}

/// Returns the items of a follow. `since` is the id of its beginning.
#[must_use]
pub fn follow(follower: u64, followed: u64, since: i64) -> [(Table, Item); 3] {
    let (one, other) = (people::name(follower), people::name(followed));
    let relation = Key::new(&format!("e#{one}"), &other);
    let list = |partition: String, who: &str| {
        let key = Key::new(&partition, &id(since));
        Item { key, attributes: text("who", who) }
    };
    let relation =
        Item { key: relation, attributes: Attributes::from_iter([("follows".into(), Value::Number(since))]) };
    let items = [relation, list(format!("f#{other}"), &one), list(format!("g#{one}"), &other)];
    items.map(|item| (GRAPH, item))
}

/// Returns the items of a post, itself first, without those in its followers' home timelines.
#[must_use]
pub fn post(post: &Post) -> Vec<(Table, Item)> {
    let author = people::name(post.author);
    let mut own = text("by", &author);
    own.extend([
        ("id".into(), Value::Number(post.id)),
        ("at".into(), Value::Number(post.posted)),
        ("text".into(), Value::text(post.text)),
    ]);
    let key = Key::new(&format!("o#{}", id(post.id)), "post");
    let part = part(post.id);
    let index = Key::new("public", &part);
    vec![
        (POSTS, Item { key, attributes: own }),
        (POSTS, reference(format!("a#{author}"), post)),
        (TIMELINES, reference(format!("t#{part}"), post)),
        (TIMELINES, Item { key: index, attributes: Attributes::new() }),
        brought(post.author, post),
    ]
}

/// Returns the entry of a post in a home timeline.
#[must_use]
pub fn brought(reader: u64, post: &Post) -> (Table, Item) {
    (TIMELINES, reference(format!("h#{}", people::name(reader)), post))
}

/// Returns the item that makes a reader pull an author's posts since an id.
#[must_use]
pub fn pull(reader: u64, author: u64, since: i64) -> (Table, Item) {
    let author = people::name(author);
    let mut attributes = text("by", &author);
    attributes.insert("since".into(), Value::Number(since));
    (TIMELINES, Item { key: Key::new(&format!("w#{}", people::name(reader)), &author), attributes })
}

/// Returns the update of a profile: its numbers of followers, followed people and posts, and its latest post.
#[must_use]
pub fn counts(person: u64, [followers, following, posts]: [i64; 3], latest: Option<i64>) -> Action {
    let mut changes =
        vec![Change::Add("followers", followers), Change::Add("following", following), Change::Add("posts", posts)];
    changes.extend(latest.map(|post| Change::Set("latest", Value::Number(post))));
    profile(person, changes)
}

/// Returns the update that marks an author as pulled.
#[must_use]
pub fn is_pulled(author: u64) -> Action {
    profile(author, vec![Change::Set("fan-out", Value::text("pull"))])
}

fn profile(person: u64, changes: Vec<Change>) -> Action {
    let key = Key::new(&format!("p#{}", people::name(person)), "profile");
    Action { table: GRAPH, key, conditions: Vec::new(), effect: Effect::Update(changes) }
}

fn reference(partition: String, post: &Post) -> Item {
    Item { key: Key::new(&partition, &id(post.id)), attributes: text("by", &people::name(post.author)) }
}

fn text(name: &'static str, text: &str) -> Attributes {
    Attributes::from_iter([(name.into(), Value::text(text))])
}

/// Returns the part of the public timeline that contains a post.
fn part(post: i64) -> String {
    format!("{:08x}-{}", post >> 45, (post ^ (post >> 16)) % 4)
}

fn message(letter: i64) -> Key {
    Key::new(&format!("m#{}", id(letter)), "m")
}

fn inbox(person: u64) -> String {
    format!("i#{}", people::name(person))
}

fn pair(letter: &Letter) -> String {
    let (one, other) = (letter.from.min(letter.to), letter.from.max(letter.to));
    format!("{}#{}", people::name(one), people::name(other))
}

fn id(id: i64) -> String {
    format!("{id:016x}")
}
