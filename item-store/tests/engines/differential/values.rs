//! Keys and values from a space so small that calls touch each other's items.

use compact_str::CompactString;
use item_store::api::{Attributes, Key, Table, Value};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use twclone_schema::{MESSAGES, PLATFORM, POSTS};

use super::call::PREFIX_BYTES;
use super::rules;
use crate::limits::nested;
use crate::{ITEM_BYTES, key, text};

/// They begin with one another, have multi-byte characters, and sort differently in UTF-16.
const SORTS: [&str; 8] = ["a", "a\u{0}", "a\u{1}", "ab", "b", "é", "\u{ffff}", "😀"];
/// Bounds of ranges without an item at them.
const BETWEEN: [&str; 5] = ["\u{1}", "a0", "aba", "c", "\u{10ffff}"];
/// The first three mostly hold a number, a text and bytes. They include a reserved word of expressions, and
/// characters with a meaning in them. The attribute for the expiry of an item is missing, because each engine deletes
/// expired items at its own time.
const NAMES: [&str; 4] = ["count", "text", "size", "é.#:"];
const WRONG_NAMES: [&str; 3] = ["", "partition", "sort"];
const TEXTS: [&str; 6] = ["x", "x\u{0}", "xy", "é", "\u{ffff}", "😀"];
const BYTES: [&[u8]; 4] = [&[0], &[127], &[128], &[128, 0]];

pub(super) fn table() -> impl Strategy<Value = Table> {
    prop_oneof![8 => Just(MESSAGES), 1 => Just(POSTS), 1 => Just(PLATFORM)]
}

/// Generates one of the tables that are written to, with equal probability.
pub(super) fn any_table() -> impl Strategy<Value = Table> {
    select(&[MESSAGES, POSTS, PLATFORM][..])
}

pub(super) fn keys() -> impl Strategy<Value = Key> {
    (partition(), sort()).prop_map(|(partition, sort)| Key { partition, sort })
}

pub(super) fn partition() -> impl Strategy<Value = CompactString> {
    prop_oneof![
        500 => Just("p".into()),
        60 => Just("q".into()),
        30 => Just("pp".into()),
        4 => Just("p".repeat(2_048 - PREFIX_BYTES).into()),
        1 => Just(CompactString::default()),
        1 => Just("p".repeat(2_049 - PREFIX_BYTES).into()),
    ]
}

pub(super) fn sort() -> impl Strategy<Value = CompactString> {
    prop_oneof![
        600 => select(&SORTS[..]).prop_map(CompactString::new),
        4 => Just("é".repeat(512).into()),
        1 => Just(CompactString::default()),
        1 => Just("s".repeat(1_025).into()),
    ]
}

pub(super) fn bound() -> impl Strategy<Value = CompactString> {
    prop_oneof![3 => sort(), 1 => select(&BETWEEN[..]).prop_map(CompactString::new)]
}

pub(super) fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![500 => select(&NAMES[..]), 1 => select(&WRONG_NAMES[..])]
}

pub(super) fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        12 => -1..=2_i64,
        2 => select(&[i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX][..]),
        2 => any::<i64>(),
        1 => (0..=18_u32).prop_map(|zeros| 10_i64.pow(zeros)),
    ]
}

fn word() -> impl Strategy<Value = Value> {
    select(&TEXTS[..]).prop_map(text)
}

fn bytes() -> impl Strategy<Value = Value> {
    select(&BYTES[..]).prop_map(|bytes| Value::Bytes(bytes.to_vec()))
}

/// Generates a name and mostly a value of its usual type. Otherwise, few values would ever be equal.
pub(super) fn named(any: impl Strategy<Value = Value>) -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        3 => (Just(NAMES[0]), number().prop_map(Value::Number)),
        3 => (Just(NAMES[1]), word()),
        2 => (Just(NAMES[2]), bytes()),
        3 => (name(), any),
    ]
}

/// Generates a value of a type that has an order.
pub(super) fn ordered() -> impl Strategy<Value = Value> {
    prop_oneof![
        160 => number().prop_map(Value::Number),
        120 => word(),
        80 => bytes(),
        4 => Just(text("long ".repeat(800))),
        1 => Just(text("")),
        1 => Just(Value::Bytes(Vec::new())),
    ]
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![6 => ordered(), 1 => any::<bool>().prop_map(Value::Flag)];
    let tree = leaf.prop_recursive(3, 8, 3, |inner| {
        // Inside a value, any name except the empty one is valid.
        let name = prop_oneof![300 => select(&NAMES[..]), 9 => Just("sort"), 1 => Just("")];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            btree_map(name.prop_map(Into::into), inner, 0..3)
                .prop_map(|attributes| Value::Map(attributes.into_iter().collect())),
        ]
    });
    prop_oneof![300 => tree, 1 => Just(nested(32)), 1 => Just(nested(33))]
}

pub(super) fn attributes() -> impl Strategy<Value = Attributes> {
    let named = vec(named(value()), 0..4);
    named.prop_map(|named| named.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// Adds a text to attributes, so that the item has this size in bytes, or nearly.
pub(super) fn filling(key: &Key, mut attributes: Attributes, bytes: usize) -> Attributes {
    attributes.insert("text".into(), text(""));
    let taken = rules::size(key, &attributes) + PREFIX_BYTES;
    attributes.insert("text".into(), text("x".repeat(bytes.saturating_sub(taken))));
    attributes
}

/// Generates sizes, most of them around a limit: a quarter of a page, and the maximum of an item.
pub(super) fn large() -> impl Strategy<Value = usize> {
    const QUARTER: usize = 256 * 1024;
    prop_oneof![
        2 => 90_000..=110_000_usize,
        2 => Just(QUARTER),
        1 => QUARTER - 1..=QUARTER + 1,
        2 => Just(ITEM_BYTES),
        1 => ITEM_BYTES - 1..=ITEM_BYTES + 1,
    ]
}

pub(super) fn large_key() -> impl Strategy<Value = Key> {
    select(&SORTS[..]).prop_map(|sort| key("p", sort))
}
