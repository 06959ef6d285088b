//! Calls just within DynamoDB's limits are accepted. For calls beyond them, see [`super::refusals`].

use item_store::api::{Attributes, Condition, Direction, Effect, Query, SortRange, Value, Write};
use twclone_schema::MESSAGES;

use super::{action, attributes, engines, item, key, number, on_each_engine, put, query};

/// Returns a value nested this deep. A plain number has a depth of 1.
pub(super) fn nested(depth: usize) -> Value {
    (1..depth).fold(Value::Number(1), |inner, place| {
        if place % 2 == 0 { Value::List(vec![inner]) } else { Value::Map(Attributes::from_iter([("m".into(), inner)])) }
    })
}

#[tokio::test]
async fn keys_may_be_as_long_as_they_may_be() {
    let longest = key(&"p".repeat(2_048), &"é".repeat(512));
    on_each_engine(async |tables| {
        put(&tables, longest.clone(), number("count", 1)).await;
        assert_eq!(attributes(&tables, &longest).await, Some(number("count", 1)));
        let bound = longest.sort.clone();
        for range in [SortRange::BeginsWith(bound.clone()), SortRange::Between(bound.clone(), bound)] {
            let found = tables.query(query(&longest.partition, range, Direction::Ascending, 1)).await.unwrap();
            assert_eq!(found.items.len(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn values_may_be_nested_32_deep() {
    let attributes_of = || Attributes::from_iter([("value".into(), nested(32))]);
    on_each_engine(async |tables| {
        put(&tables, key("p", "s"), attributes_of()).await;
        assert_eq!(attributes(&tables, &key("p", "s")).await, Some(attributes_of()));
    })
    .await;
}

#[tokio::test]
async fn a_batch_may_write_25_items() {
    on_each_engine(async |tables| {
        let write = |place| Write::Put(MESSAGES, item(key("p", &format!("{place}")), Attributes::new()));
        tables.batch_write((0..25).map(write).collect()).await.unwrap();
        let all = Query { limit: u32::MAX, ..query("p", SortRange::All, Direction::Ascending, 1) };
        assert_eq!(tables.query(all).await.unwrap().items.len(), 25);
    })
    .await;
}

/// DynamoDB Local of 2020 accepts 10, the limit of its time, so this test skips that server.
#[tokio::test]
async fn a_transaction_may_have_100_actions() {
    for engine in engines().await.into_iter().filter(|engine| engine.name == "embedded") {
        let tables = engine.tables;
        tables.create_tables().await.unwrap();
        let put = |place| {
            let key = key("p", &format!("{place}"));
            action(key, [Condition::Absent], Effect::Put(Attributes::new()))
        };
        tables.transact((0..100).map(put).collect()).await.unwrap();
        let found = tables.query(query("p", SortRange::All, Direction::Ascending, 1_000)).await.unwrap();
        assert_eq!(found.items.len(), 100);
    }
}
