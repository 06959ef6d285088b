//! Scenarios on every engine: the embedded one, and a server with DynamoDB's API if `TWCLONE_TEST_DYNAMODB` has its
//! address (`testkit/dynamodb-local` starts one).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a scenario that cannot go on has failed")]

mod batches;
mod changes;
mod conditions;
mod damage;
mod differential;
mod faults;
mod file;
mod limits;
mod lost;
mod memory;
mod network;
mod operators;
mod order;
mod queries;
mod races;
mod refusals;
mod scans;
mod sharing;
mod sizes;
mod transactions;
mod writer;

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use twclone_schema::MESSAGES;

use compact_str::CompactString;
use item_store::api::{
    Action, Attributes, Condition, Direction, Effect, Item, Key, Query, SortRange, StoreError, Value,
};
use item_store::{DynamoDbTarget, Tables};
use tempfile::TempDir;
use twclone_domain::{Clock, Randomness};

/// Longer than any call takes on a machine that is busy with other tests.
const DEADLINE: Duration = Duration::from_secs(30);
/// The maximum size of an item: 400 KB.
const ITEM_BYTES: usize = 400 * 1024;

/// Fresh tables in one of the engines.
struct TestEngine {
    name: &'static str,
    tables: Tables,
    // Dropped after the tables in it.
    _folder: Option<TempDir>,
}

/// Returns every available engine, with its own tables under a unique prefix.
async fn engines() -> Vec<TestEngine> {
    let prefix = format!("seam-{:032x}-", u128::from_be_bytes(Randomness::system().bytes().unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let tables = open(&folder.path().join("items.db"), &prefix).unwrap();
    let mut engines = vec![TestEngine { name: "embedded", tables, _folder: Some(folder) }];
    if let Some(endpoint) = std::env::var("TWCLONE_TEST_DYNAMODB").ok().filter(|endpoint| !endpoint.is_empty()) {
        let target = DynamoDbTarget::Endpoint(endpoint);
        let tables =
            Tables::dynamodb(target, twclone_schema::layout(&prefix), Randomness::system().numbers(), DEADLINE)
                .await
                .unwrap();
        engines.push(TestEngine { name: "dynamodb", tables, _folder: None });
    }
    engines
}

/// Runs a scenario on fresh tables in every engine. The output of a failure names the engine.
async fn on_each_engine(story: impl AsyncFn(Tables)) {
    for engine in engines().await {
        eprintln!("on the engine {}", engine.name);
        engine.tables.create_tables().await.unwrap();
        story(engine.tables.clone()).await;
    }
}

/// Opens tables in a file. Creates none.
fn open(path: &Path, prefix: &str) -> Result<Tables, StoreError> {
    Tables::embedded(path, twclone_schema::layout(prefix), Clock::system().unix_seconds(), DEADLINE)
}

fn key(partition: &str, sort: &str) -> Key {
    Key::new(partition, sort)
}

fn text(text: impl Into<CompactString>) -> Value {
    Value::Text(text.into())
}

fn number(name: &'static str, number: i64) -> Attributes {
    Attributes::from_iter([(name.into(), Value::Number(number))])
}

fn item(key: Key, attributes: Attributes) -> Item {
    Item { key, attributes }
}

/// Returns an action on the table of messages, which most tests use.
fn action(key: Key, conditions: impl Into<Vec<Condition>>, effect: Effect) -> Action {
    Action { table: MESSAGES, key, conditions: conditions.into(), effect }
}

fn query(partition: &str, range: SortRange, direction: Direction, limit: u32) -> Query {
    Query { table: MESSAGES, partition: partition.into(), range, direction, limit, after: None }
}

async fn put(tables: &Tables, key: Key, attributes: Attributes) {
    tables.transact(vec![action(key, [], Effect::Put(attributes))]).await.unwrap();
}

async fn attributes(tables: &Tables, key: &Key) -> Option<Attributes> {
    let found = tables.get(MESSAGES, key.clone()).await.unwrap();
    found.map(|item| {
        assert_eq!(&item.key, key);
        item.attributes.clone()
    })
}

/// Returns the items of all pages of a query. Asserts that every page except the last has items.
async fn all_pages(tables: &Tables, mut query: Query) -> Vec<Vec<Arc<Item>>> {
    let mut pages = Vec::new();
    loop {
        let page = tables.query(query.clone()).await.unwrap();
        assert!(page.next.is_none() || page.items.last().map(|item| &item.key.sort) == page.next.as_ref());
        pages.push(page.items);
        assert!(pages.len() <= 100, "the pages go in a circle: {query:?}");
        query.after = page.next;
        if query.after.is_none() {
            return pages;
        }
    }
}

/// Asserts that a call is refused as invalid.
#[track_caller]
fn assert_invalid<T: Debug>(answer: Result<T, StoreError>, story: &str) {
    assert!(matches!(answer, Err(StoreError::Invalid(_))), "{story}: {answer:?}");
}

/// Retries a transaction until no other writer is in its way, as callers may, because nothing was written.
async fn persist(tables: &Tables, actions: Vec<Action>) -> Result<(), StoreError> {
    for _ in 0..100 {
        match tables.transact(actions.clone()).await {
            Err(StoreError::Conflict | StoreError::Overloaded) => tokio::task::yield_now().await,
            answer => return answer,
        }
    }
    panic!("other writers came first a hundred times");
}
