//! The cache of the embedded engine is never older than the file.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use twclone_schema::MESSAGES;

use item_store::Tables;
use item_store::api::{Attributes, Change, Condition, Direction, Effect, Item, QueryPage, SortRange, Value};

use super::file::{folder, opened};
use super::{action, key, number, open, put, query};

/// More than the number of connections for reading, so that each of them fills its cache.
const TIMES: usize = 32;

/// Returns the counts of two items, as found by each way to read. The second item has the same count, or is missing.
async fn seen(tables: &Tables) -> Vec<[Option<i64>; 2]> {
    let keys = || ["own", "twin"].map(|sort| key("p", sort));
    let both = |items: &[Arc<Item>]| {
        let found = |sort: &str| items.iter().find(|item| item.key.sort == sort);
        ["own", "twin"].map(|sort| found(sort).map(|item| count(&item.attributes)))
    };
    let page = query("p", SortRange::All, Direction::Ascending, 10);
    let mut got = Vec::new();
    for key in keys() {
        got.extend(tables.get(MESSAGES, key).await.unwrap());
    }
    let batch = tables.batch_get(MESSAGES, keys().to_vec()).await.unwrap();
    let listed = tables.query(page.clone()).await.unwrap().items;
    let refer = |pages: &[QueryPage]| Ok(pages[0].items.iter().map(|item| (MESSAGES, item.key.clone())).collect());
    let (pages, referred) = tables.query_and_get(vec![page], Box::new(refer)).await.unwrap();
    let referred: Vec<_> = referred.into_iter().map(|(_, item)| item).collect();
    assert_eq!(both(&pages[0].items), both(&referred), "one snapshot");
    [got, batch, listed, referred].map(|items| both(&items)).to_vec()
}

fn count(attributes: &Attributes) -> i64 {
    match attributes[&"count".into()] {
        Value::Number(count) => count,
        ref other => panic!("{other:?}"),
    }
}

/// Whichever of two engines on the file wrote it.
#[tokio::test]
async fn what_was_written_is_read_by_all() {
    let (_folder, path) = folder();
    let (own, other) = (opened(&path).await, open(&path, "t-").unwrap());
    for round in 0..20 {
        let (writer, twin) = (if round % 2 == 0 { &own } else { &other }, round % 3 == 0);
        put(writer, key("p", "own"), number("count", round)).await;
        let change = if twin { Effect::Put(number("count", round)) } else { Effect::Delete };
        writer.transact(vec![action(key("p", "twin"), [], change)]).await.unwrap();
        for _ in 0..TIMES {
            for tables in [&own, &other] {
                let expected = [Some(round), twin.then_some(round)];
                assert!(seen(tables).await.iter().all(|found| *found == expected), "round {round}");
            }
        }
    }
}

/// During continuous writes, no read returns data older than what was acknowledged before it started.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_read_that_is_older_than_the_question() {
    let (_folder, path) = folder();
    let own = opened(&path).await;
    let other = open(&path, "t-").unwrap();
    put(&own, key("p", "own"), number("count", 0)).await;
    let written = Arc::new(AtomicI64::new(0));
    let readers: Vec<_> = [&own, &other, &own, &other]
        .map(|tables| {
            let (tables, written) = (tables.clone(), Arc::clone(&written));
            tokio::spawn(async move {
                while written.load(Ordering::SeqCst) < 300 {
                    let least = written.load(Ordering::SeqCst);
                    assert!(seen(&tables).await.iter().all(|[own, _]| own.unwrap() >= least), "{least}");
                }
            })
        })
        .into();
    for round in 1..=300 {
        let writer = if round % 2 == 0 { &own } else { &other };
        let raise = Effect::Update(vec![Change::Add("count", 1)]);
        writer.transact(vec![action(key("p", "own"), [Condition::Present], raise)]).await.unwrap();
        written.store(round, Ordering::SeqCst);
        if round % 10 == 0 {
            // Gives the readers time to fill their caches.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
    for reader in readers {
        reader.await.unwrap();
    }
}

/// Data that exceeds the cache is read correctly, too.
#[tokio::test]
async fn what_does_not_fit_is_read_again() {
    let (_folder, path) = folder();
    let tables = opened(&path).await;
    for place in 0..60 {
        let padded = Attributes::from_iter([
            ("count".into(), Value::Number(place)),
            ("text".into(), Value::text(&"x".repeat(200_000))),
        ]);
        put(&tables, key(&format!("p{place}"), "s"), padded).await;
    }
    for _ in 0..4 {
        for place in 0..60 {
            let item = tables.get(MESSAGES, key(&format!("p{place}"), "s")).await.unwrap().unwrap();
            assert_eq!(count(&item.attributes), place);
        }
    }
}
