//! Generates sequences of calls, most of them valid.

use std::collections::HashSet;
use std::hash::Hash;
use twclone_schema::{MESSAGES, TABLES};

use item_store::api::{Action, Attributes, Change, Condition, Direction, Effect, Item, Query, SortRange, Write};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::call::Call;
use super::rules;
use super::values::{
    any_table, attributes, bound, filling, keys, large, large_key, name, named, number, ordered, partition, sort,
    table, value,
};
use crate::{action, key};

pub(super) fn sequence() -> impl Strategy<Value = Vec<Call>> {
    // In empty tables, most calls do nothing.
    let filled = (batch_write(20), vec(call(), 1..=19));
    let filled = filled.prop_map(|(first, calls)| std::iter::once(first).chain(calls).collect());
    prop_oneof![30 => filled, 10 => vec(call(), 1..=20), 1 => vec(large_call(), 2..=10)]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        80 => (table(), keys()).prop_map(|(table, key)| Call::Get(table, key)),
        40 => (table(), several(keys(), 8, Clone::clone)).prop_map(|(table, keys)| Call::BatchGet(table, keys)),
        40 => several((any_table(), keys()), 8, Clone::clone).prop_map(Call::BatchGetAcross),
        200 => query().prop_map(Call::Query),
        60 => (vec(query(), 1..=2), any_table()).prop_map(|(queries, table)| Call::QueryAndGet(queries, table)),
        300 => transact(4),
        60 => transact(10),
        120 => batch_write(10),
        3 => many(),
    ]
}

fn transact(most: usize) -> impl Strategy<Value = Call> {
    several(one_action(), most, |action| (action.table, action.key.clone())).prop_map(Call::Transact)
}

fn batch_write(most: usize) -> impl Strategy<Value = Call> {
    let place = |write: &Write| match write {
        Write::Put(table, Item { key, .. }) | Write::Delete(table, key) => (*table, key.clone()),
    };
    several(write(), most, place).prop_map(Call::BatchWrite)
}

/// Generates lists that are rarely empty, and rarely have duplicates.
fn several<T, P>(one: impl Strategy<Value = T>, most: usize, place: fn(&T) -> P) -> impl Strategy<Value = Vec<T>>
where
    T: std::fmt::Debug + Clone,
    P: Eq + Hash,
{
    let none = prop_oneof![100 => Just(false), 1 => Just(true)];
    let twice = prop_oneof![20 => Just(false), 1 => Just(true)];
    (vec(one, 1..=most), none, twice).prop_map(move |(mut several, none, twice)| {
        let mut places = HashSet::new();
        several.retain(|one| !none && (places.insert(place(one)) || twice));
        several
    })
}

/// Generates calls of the maximum size, and above it.
fn many() -> impl Strategy<Value = Call> {
    let keys = |count: usize| (0..count).map(|place| key("p", &format!("{place:03}")));
    let delete = |key| action(key, [], Effect::Delete);
    prop_oneof![
        select(&[100, 101][..]).prop_map(move |count| Call::BatchGet(MESSAGES, keys(count).collect())),
        select(&[100, 101][..]).prop_map(move |count| {
            let tables = TABLES.iter().copied().cycle();
            Call::BatchGetAcross(tables.zip(keys(count)).collect())
        }),
        select(&[11, 100, 101][..]).prop_map(move |count| Call::Transact(keys(count).map(delete).collect())),
        select(&[25, 26][..])
            .prop_map(move |count| { Call::BatchWrite(keys(count).map(|key| Write::Delete(MESSAGES, key)).collect()) }),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    let limit = prop_oneof![20 => 1..=4_u32, 20 => Just(1_000), 4 => Just(u32::MAX), 1 => Just(0)];
    let after = prop::option::of(bound());
    let mostly = prop_oneof![6 => Just(true), 1 => Just(false)];
    (table(), partition(), range(), direction(), limit, after, mostly).prop_map(
        |(table, partition, range, direction, limit, after, mostly)| {
            let after = after.filter(|after| !mostly || rules::within(&range, after));
            Query { table, partition, range, direction, limit, after }
        },
    )
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Ascending), Just(Direction::Descending)]
}

fn range() -> impl Strategy<Value = SortRange> {
    prop_oneof![
        3 => Just(SortRange::All),
        2 => bound().prop_map(SortRange::BeginsWith),
        2 => bound().prop_map(SortRange::AtMost),
        2 => bound().prop_map(SortRange::AtLeast),
        3 => [bound(), bound()].prop_map(|mut bounds| {
            bounds.sort();
            let [low, high] = bounds;
            SortRange::Between(low, high)
        }),
        1 => (sort(), bound()).prop_map(|(one, other)| SortRange::Between(one, other)),
    ]
}

fn one_action() -> impl Strategy<Value = Action> {
    let conditions = prop_oneof![6 => Just(Vec::new()), 3 => vec(condition(), 1), 1 => vec(condition(), 2..=3)];
    let reckless = prop_oneof![10 => Just(false), 1 => Just(true)];
    (table(), keys(), conditions, effect(), reckless).prop_map(|(table, key, mut conditions, effect, reckless)| {
        if effect == Effect::Check && conditions.is_empty() && !reckless {
            conditions.push(Condition::Present);
        }
        Action { table, key, conditions, effect }
    })
}

fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![
        4 => attributes().prop_map(Effect::Put),
        5 => several(change(), 4, |change| match change {
            Change::Set(name, _) | Change::Add(name, _) | Change::Remove(name) => *name,
        })
        .prop_map(Effect::Update),
        2 => Just(Effect::Delete),
        1 => Just(Effect::Check),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => named(value()).prop_map(|(name, value)| Change::Set(name, value)),
        2 => (prop_oneof![2 => Just("count"), 1 => name()], number()).prop_map(|(name, more)| Change::Add(name, more)),
        1 => name().prop_map(Change::Remove),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let compared = || named(prop_oneof![60 => ordered(), 1 => value()]);
    prop_oneof![
        2 => Just(Condition::Absent),
        4 => Just(Condition::Present),
        2 => name().prop_map(Condition::AttributeAbsent),
        2 => name().prop_map(Condition::AttributePresent),
        4 => named(value()).prop_map(|(name, value)| Condition::Equals(name, value)),
        4 => compared().prop_map(|(name, value)| Condition::Less(name, value)),
        4 => compared().prop_map(|(name, value)| Condition::Greater(name, value)),
        4 => compared().prop_map(|(name, value)| Condition::AbsentOrLess(name, value)),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        4 => (table(), keys(), attributes()).prop_map(|(table, key, attributes)| {
            Write::Put(table, Item { key, attributes })
        }),
        1 => (table(), keys()).prop_map(|(table, key)| Write::Delete(table, key)),
    ]
}

/// Generates calls on a few items of one partition, large enough for several pages.
fn large_call() -> impl Strategy<Value = Call> {
    let items = (several((large_key(), attributes()), 6, |(key, _)| key.clone()), large());
    let items = items.prop_map(|(items, bytes)| {
        let item = |(key, others)| Item { attributes: filling(&key, others, bytes), key };
        items.into_iter().map(item).collect::<Vec<_>>()
    });
    let grow = (large_key(), large()).prop_map(|(key, bytes)| {
        let more = filling(&key, Attributes::new(), bytes).into_iter();
        let changes = more.map(|(_, text)| Change::Set("text", text)).collect();
        action(key, [], Effect::Update(changes))
    });
    let limit = prop_oneof![2 => Just(1_000), 1 => 1..=6_u32];
    let query = (range(), direction(), limit).prop_map(|(range, direction, limit)| {
        let partition = "p".into();
        Call::Query(Query { table: MESSAGES, partition, range, direction, limit, after: None })
    });
    prop_oneof![
        2 => items.prop_map(|items| {
            Call::BatchWrite(items.into_iter().map(|item| Write::Put(MESSAGES, item)).collect())
        }),
        2 => grow.prop_map(|action| Call::Transact(vec![action])),
        4 => query,
        1 => transact(2),
    ]
}
