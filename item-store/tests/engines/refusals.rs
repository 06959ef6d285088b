//! Calls beyond DynamoDB's limits or rules are refused, and write nothing.

use compact_str::CompactString;
use item_store::Tables;
use item_store::api::{Action, Attributes, Change, Condition, Direction, Effect, Key, Query, SortRange, Value, Write};
use twclone_schema::{MESSAGES, POSTS, TABLES};

use super::limits::nested;
use super::{ITEM_BYTES, action, all_pages, assert_invalid, item, key, number, on_each_engine, query, text};

fn wrong_keys() -> [Key; 4] {
    [key("", "s"), key("p", ""), key(&"p".repeat(2_049), "s"), key("p", &"s".repeat(1_025))]
}

fn put(sort: &str) -> Action {
    action(key("p", sort), [], Effect::Put(number("count", 1)))
}

fn places(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|place| format!("{place}"))
}

/// Asserts that a transaction is refused and has left nothing.
async fn assert_refused(tables: &Tables, actions: Vec<Action>, story: &str) {
    assert_invalid(tables.transact(actions).await, story);
    assert_untouched(tables, story).await;
}

async fn assert_untouched(tables: &Tables, story: &str) {
    let found = all_pages(tables, query("p", SortRange::All, Direction::Ascending, 10)).await.concat();
    assert!(found.is_empty(), "{story}: {found:?}");
}

#[tokio::test]
async fn keys_that_are_empty_or_too_long() {
    on_each_engine(async |tables| {
        for wrong in wrong_keys() {
            let story = format!("{} and {} bytes", wrong.partition.len(), wrong.sort.len());
            assert_invalid(tables.get(MESSAGES, wrong.clone()).await, &story);
            assert_invalid(tables.batch_get(MESSAGES, vec![key("p", "s"), wrong.clone()]).await, &story);
            let two = vec![(MESSAGES, key("p", "s")), (POSTS, wrong.clone())];
            assert_invalid(tables.batch_get_across(two).await, &story);
            let attempt = action(wrong.clone(), [], Effect::Delete);
            assert_refused(&tables, vec![put("s"), attempt], &story).await;
            let good = Write::Put(MESSAGES, item(key("p", "s"), Attributes::new()));
            let puts = vec![good.clone(), Write::Put(MESSAGES, item(wrong.clone(), Attributes::new()))];
            assert_invalid(tables.batch_write(puts).await, &story);
            assert_invalid(tables.batch_write(vec![good, Write::Delete(MESSAGES, wrong)]).await, &story);
            assert_untouched(&tables, &story).await;
        }
    })
    .await;
}

#[tokio::test]
async fn queries_without_sense() {
    let [own, long] = ["s".into(), CompactString::from("s".repeat(1_025))];
    let ranges = [
        ("an empty prefix", SortRange::BeginsWith(CompactString::default())),
        ("an empty upper bound", SortRange::AtMost(CompactString::default())),
        ("an empty lower bound", SortRange::AtLeast(CompactString::default())),
        ("an empty bound of two", SortRange::Between(CompactString::default(), own.clone())),
        ("a bound that is too long", SortRange::AtLeast(long.clone())),
        ("a second bound that is too long", SortRange::Between(own.clone(), long.clone())),
        ("bounds out of order", SortRange::Between(own.clone(), "r".into())),
    ];
    let whole = || query("p", SortRange::All, Direction::Ascending, 1);
    let behind = |range, after: &str| Query { range, after: Some(after.into()), ..whole() };
    let outside = [
        ("a place before the prefix", behind(SortRange::BeginsWith(own.clone()), "r")),
        ("a place behind the prefix", behind(SortRange::BeginsWith(own.clone()), "t")),
        ("a place above the range", behind(SortRange::AtMost(own.clone()), "t")),
        ("a place below the range", behind(SortRange::AtLeast(own.clone()), "r")),
        ("a place outside of the two", behind(SortRange::Between(own.clone(), "t".into()), "u")),
    ];
    on_each_engine(async |tables| {
        for (story, range) in &ranges {
            assert_invalid(tables.query(Query { range: range.clone(), ..whole() }).await, story);
        }
        for (story, query) in &outside {
            for direction in [Direction::Ascending, Direction::Descending] {
                assert_invalid(tables.query(Query { direction, ..query.clone() }).await, story);
            }
        }
        assert_invalid(tables.query(Query { limit: 0, ..whole() }).await, "no items");
        assert_invalid(tables.query(behind(SortRange::All, "")).await, "an empty place to go on");
        assert_invalid(tables.query(behind(SortRange::All, &long)).await, "a place that is too long");
        for partition in [CompactString::default(), "p".repeat(2_049).into()] {
            assert_invalid(tables.query(Query { partition, ..whole() }).await, "a wrong partition");
        }
    })
    .await;
}

#[tokio::test]
async fn too_many_too_few_or_the_same_twice() {
    on_each_engine(async |tables| {
        let keys = |count| places(count).map(|sort| key("p", &sort)).collect::<Vec<_>>();
        assert_invalid(tables.batch_get(MESSAGES, Vec::new()).await, "no keys");
        assert_invalid(tables.batch_get(MESSAGES, keys(101)).await, "101 keys");
        assert_invalid(tables.batch_get(MESSAGES, [keys(2), keys(1)].concat()).await, "a key twice");
        let across = |count| TABLES.iter().copied().cycle().zip(keys(count)).collect::<Vec<_>>();
        assert_invalid(tables.batch_get_across(Vec::new()).await, "no keys in no tables");
        assert_invalid(tables.batch_get_across(across(101)).await, "101 keys in several tables");
        assert_invalid(tables.batch_get_across([across(7), across(1)].concat()).await, "a key twice in one of them");

        assert_refused(&tables, Vec::new(), "no actions").await;
        assert_refused(&tables, places(101).map(|sort| put(&sort)).collect(), "101 actions").await;
        assert_refused(&tables, vec![put("a"), put("b"), put("a")], "an item twice").await;
        let check = action(key("p", "a"), [Condition::Absent], Effect::Check);
        assert_refused(&tables, vec![check, put("a")], "an item checked and written").await;

        let write = |sort: &str| Write::Put(MESSAGES, item(key("p", sort), Attributes::new()));
        assert_invalid(tables.batch_write(Vec::new()).await, "no writes");
        assert_invalid(tables.batch_write(places(26).map(|sort| write(&sort)).collect()).await, "26 writes");
        let twice = vec![write("a"), Write::Delete(MESSAGES, key("p", "a"))];
        assert_invalid(tables.batch_write(twice).await, "an item written and taken away");
        assert_untouched(&tables, "batches").await;
    })
    .await;
}

#[tokio::test]
async fn effects_without_sense() {
    let value = Value::Number(1);
    let set = |name, value: &Value| Effect::Update(vec![Change::Set(name, value.clone())]);
    let put_of = |name: &'static str, value: &Value| Effect::Put(Attributes::from_iter([(name.into(), value.clone())]));
    let effects = [
        ("a check of nothing", Effect::Check),
        ("no changes", Effect::Update(Vec::new())),
        ("one name twice", Effect::Update(vec![Change::Add("count", 1), Change::Remove("count")])),
        ("set without a name", set("", &value)),
        ("put without a name", put_of("", &value)),
        ("set the partition key", set("partition", &value)),
        ("put the sort key", put_of("sort", &value)),
        ("add to the sort key", Effect::Update(vec![Change::Add("sort", 1)])),
        ("remove the partition key", Effect::Update(vec![Change::Remove("partition")])),
        (
            "put a name that is too long",
            Effect::Put(Attributes::from_iter([("n".repeat(65_536).into(), value.clone())])),
        ),
        (
            "put a map with an empty name",
            put_of("map", &Value::Map(Attributes::from_iter([("".into(), value.clone())]))),
        ),
        ("put 33 deep", put_of("value", &nested(33))),
        ("set 33 deep", set("value", &nested(33))),
        ("put more than 400 KB", put_of("value", &text("x".repeat(ITEM_BYTES)))),
        ("set more than 400 KB", set("value", &text("x".repeat(ITEM_BYTES)))),
    ];
    on_each_engine(async |tables| {
        for (story, effect) in &effects {
            let attempt = action(key("p", "b"), [], effect.clone());
            assert_refused(&tables, vec![put("a"), attempt], story).await;
        }
        let deep = item(key("p", "a"), Attributes::from_iter([("value".into(), nested(33))]));
        assert_invalid(tables.batch_write(vec![Write::Put(MESSAGES, deep)]).await, "a batch 33 deep");
        assert_untouched(&tables, "a batch 33 deep").await;
    })
    .await;
}

#[tokio::test]
async fn conditions_without_sense() {
    let conditions = [
        Condition::AttributeAbsent(""),
        Condition::AttributePresent(""),
        Condition::Equals("", Value::Number(1)),
        Condition::AttributeAbsent("partition"),
        Condition::AttributePresent("sort"),
        Condition::Equals("sort", text("b")),
        Condition::Less("partition", text("b")),
        Condition::Less("flag", Value::Flag(true)),
        Condition::Greater("list", Value::List(Vec::new())),
        Condition::AbsentOrLess("map", Value::Map(Attributes::new())),
        Condition::Equals("value", nested(33)),
    ];
    on_each_engine(async |tables| {
        for condition in &conditions {
            let attempt = action(key("p", "b"), [condition.clone()], Effect::Put(Attributes::new()));
            assert_refused(&tables, vec![put("a"), attempt], &format!("{condition:?}")).await;
        }
    })
    .await;
}
