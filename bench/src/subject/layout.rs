//! The calls that the server makes of the store, made by hand (`schema/README.md`). A test compares them with
//! what the server leaves behind.

use twclone_domain::store::table::{
    Action, Attributes, Condition, Direction, Effect, Item, Key, Query, SortRange, Table, Value, Write,
};

use crate::people::{self, Letter};

/// The transaction that sends a message or, where it replies to one, replies.
#[must_use]
pub fn send(letter: &Letter) -> Vec<Action> {
    let rows = rows(letter);
    let put = |(place, item): (usize, Item)| Action {
        table: Table::Messages,
        key: item.key,
        conditions: if place == 0 { vec![Condition::Absent] } else { Vec::new() },
        effect: Effect::Put(item.attributes),
    };
    let mut actions: Vec<_> = rows.into_iter().enumerate().map(put).collect();
    actions.extend(letter.reply_to.map(|parent| Action {
        table: Table::Messages,
        key: message(parent),
        conditions: vec![Condition::Equals("pair", Value::Text(pair(letter)))],
        effect: Effect::Check,
    }));
    actions
}

/// The items of a message: itself, and a copy in each list.
#[must_use]
pub fn rows(letter: &Letter) -> Vec<Item> {
    let mut copy = Attributes::from([
        ("id".into(), Value::Number(letter.id)),
        ("from".into(), Value::Text(people::name(letter.from))),
        ("to".into(), Value::Text(people::name(letter.to))),
        ("text".into(), Value::Text(letter.text.to_owned())),
        ("sent".into(), Value::Number(letter.sent)),
    ]);
    copy.extend(letter.reply_to.map(|parent| ("reply".into(), Value::Number(parent))));
    let mut own = copy.clone();
    own.insert("pair".into(), Value::Text(pair(letter)));
    let attributes = std::iter::once(own).chain(std::iter::repeat(copy));
    keys(letter).into_iter().zip(attributes).map(|(key, attributes)| Item { key, attributes }).collect()
}

/// Their keys: the message's own first.
#[must_use]
pub fn keys(letter: &Letter) -> Vec<Key> {
    let (from, to) = (people::name(letter.from), people::name(letter.to));
    let mut lists = vec![inbox(letter.to), format!("s#{from}"), format!("c#{from}#{to}")];
    lists.extend(letter.reply_to.map(|parent| format!("r#{}", id(parent))));
    lists.push(format!("u#{to}"));
    let copies = lists.into_iter().map(|partition| Key { partition, sort: id(letter.id) });
    std::iter::once(message(letter.id)).chain(copies).collect()
}

/// The same items as writes of a batch.
pub fn writes(letter: &Letter) -> impl Iterator<Item = Write> + use<> {
    rows(letter).into_iter().map(|item| Write::Put(Table::Messages, item))
}

/// The query of the newest 20 messages that somebody received.
#[must_use]
pub fn list(person: u64) -> Query {
    let (range, direction) = (SortRange::All, Direction::Descending);
    Query { table: Table::Messages, partition: inbox(person), range, direction, limit: 20, after: None }
}

fn message(letter: i64) -> Key {
    Key { partition: format!("m#{}", id(letter)), sort: "m".to_owned() }
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
