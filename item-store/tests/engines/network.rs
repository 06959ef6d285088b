//! The DynamoDB engine with a bad network and an overloaded server. Needs a server with DynamoDB's API, and puts a
//! proxy in front of it that injects faults.

mod whole;

use std::sync::Arc;
use std::time::{Duration, Instant};
use twclone_schema::MESSAGES;

use item_store::api::{Action, Change, Direction, Effect, Item, Key, SortRange, StoreError, Write};
use item_store::{DynamoDbTarget, Tables};
use twclone_domain::Randomness;
use twclone_testkit::{Proxy, Trouble};

use super::{DEADLINE, action, attributes, item, key, number, query};

/// Longer than the timeout of an attempt.
const TOO_LATE: Duration = Duration::from_millis(1_600);
/// Longer than the engine takes for any call, on a machine that is busy with other tests.
const WITHIN: Duration = Duration::from_secs(15);
/// Every request.
const ALWAYS: std::ops::Range<usize> = 1..usize::MAX;

/// Runs a scenario on fresh tables behind a proxy. Does nothing if there is no server.
async fn behind_a_proxy(story: impl AsyncFn(Tables, Proxy)) {
    let Some(server) = std::env::var("TWCLONE_TEST_DYNAMODB").ok().filter(|server| !server.is_empty()) else { return };
    let proxy = Proxy::before(&server);
    let prefix = format!("network-{:032x}-", u128::from_be_bytes(Randomness::system().bytes().unwrap()));
    let target = DynamoDbTarget::Endpoint(proxy.address().to_owned());
    let tables = Tables::dynamodb(target, twclone_schema::layout(&prefix), Randomness::system().numbers(), DEADLINE)
        .await
        .unwrap();
    tables.create_tables().await.unwrap();
    story(tables, proxy).await;
}

/// Returns a transaction that counts how often it is executed.
pub(super) fn count(key: &Key) -> Vec<Action> {
    vec![action(key.clone(), [], Effect::Update(vec![Change::Add("count", 1)]))]
}

fn items(partition: &str, count: usize) -> Vec<Arc<Item>> {
    (0..count).map(|place| item(key(partition, &format!("{place:03}")), number("count", 1)).into()).collect()
}

fn writes(items: &[Arc<Item>]) -> Vec<Write> {
    items.iter().map(|item| Write::Put(MESSAGES, item.as_ref().clone())).collect()
}

async fn all(tables: &Tables, partition: &str) -> Vec<Arc<Item>> {
    tables.query(query(partition, SortRange::All, Direction::Ascending, 1_000)).await.unwrap().items
}

/// Disturbs one request of each call. It is retried, and takes effect once.
async fn tried_again(trouble: Trouble) {
    behind_a_proxy(async |tables, proxy| {
        let (own, batch) = (key("own", "s"), items("p", 3));
        proxy.order(1..2, trouble);
        tables.transact(count(&own)).await.unwrap();
        assert_eq!(proxy.end(), ["TransactWriteItems"; 2], "{trouble:?}");
        proxy.order(1..2, trouble);
        tables.batch_write(writes(&batch)).await.unwrap();
        assert_eq!(proxy.end(), ["BatchWriteItem"; 2], "{trouble:?}");
        proxy.order(1..2, trouble);
        assert_eq!(all(&tables, "p").await, batch, "{trouble:?}");
        assert_eq!(proxy.end(), ["Query"; 2], "{trouble:?}");
        proxy.order(1..2, trouble);
        let keys = batch.iter().map(|item| item.key.clone()).collect();
        assert_eq!(tables.batch_get(MESSAGES, keys).await.unwrap().len(), batch.len(), "{trouble:?}");
        assert_eq!(proxy.end(), ["BatchGetItem"; 2], "{trouble:?}");
        // A delayed request has arrived by now.
        proxy.order(1..2, trouble);
        assert_eq!(attributes(&tables, &own).await, Some(number("count", 1)), "{trouble:?}");
        assert_eq!(proxy.end(), ["GetItem"; 2], "{trouble:?}");
    })
    .await;
}

#[tokio::test]
async fn what_passes_is_tried_again_and_done_once() {
    for trouble in [
        Trouble::Refuse(400, "ProvisionedThroughputExceededException"),
        Trouble::Refuse(400, "ThrottlingException"),
        Trouble::Refuse(400, "RequestLimitExceeded"),
        Trouble::Refuse(500, "InternalServerError"),
        Trouble::Refuse(503, "ServiceUnavailable"),
        Trouble::CloseBefore,
        Trouble::CloseAfter,
    ] {
        tried_again(trouble).await;
    }
}

#[tokio::test]
async fn what_is_slow_is_tried_again_and_done_once() {
    tokio::join!(
        tried_again(Trouble::Hang),
        tried_again(Trouble::Late(TOO_LATE)),
        tried_again(Trouble::Delay(TOO_LATE))
    );
}

/// The first attempt was executed, but its response was lost. Then others were in the way.
#[tokio::test]
async fn a_transaction_whose_answer_is_lost_is_not_done_again_after_a_conflict() {
    behind_a_proxy(async |tables, proxy| {
        let later = [Trouble::TransactionConflict, Trouble::Refuse(400, "TransactionInProgressException")];
        for (place, trouble) in later.into_iter().enumerate() {
            let own = key("own", &place.to_string());
            proxy.order(1..2, Trouble::CloseAfter);
            proxy.also(2..5, trouble);
            tables.transact(count(&own)).await.unwrap();
            assert_eq!(proxy.end().len(), 5, "{trouble:?}");
            assert_eq!(attributes(&tables, &own).await, Some(number("count", 1)), "{trouble:?}");
        }
    })
    .await;
}

/// Each attempt was received, but every response was lost. The effect must not be repeated.
#[tokio::test]
async fn a_transaction_of_which_every_answer_is_lost_is_done_once() {
    behind_a_proxy(async |tables, proxy| {
        let own = key("lost", "s");
        proxy.order(ALWAYS, Trouble::CloseAfter);
        let answer = tables.transact(count(&own)).await;
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        assert!(proxy.end().len() > 1);
        assert_eq!(attributes(&tables, &own).await, Some(number("count", 1)));
    })
    .await;
}

#[tokio::test]
async fn what_does_not_pass_is_told_in_time() {
    behind_a_proxy(async |tables, proxy| {
        let own = key("own", "s");
        for (trouble, wanted) in [
            (Trouble::Refuse(400, "ProvisionedThroughputExceededException"), "Overloaded"),
            (Trouble::Refuse(400, "ThrottlingException"), "Overloaded"),
            (Trouble::Refuse(500, "InternalServerError"), "Unavailable"),
            (Trouble::CloseBefore, "Unavailable"),
            (Trouble::Hang, "Timeout"),
        ] {
            let begun = Instant::now();
            proxy.order(ALWAYS, trouble);
            let read = tables.get(MESSAGES, own.clone()).await.unwrap_err();
            let write = tables.transact(count(&own)).await.unwrap_err();
            let batch = tables.batch_write(writes(&items("p", 2))).await.unwrap_err();
            let made = proxy.end().len();
            for error in [read, write, batch] {
                assert!(format!("{error:?}").starts_with(wanted), "{trouble:?}: {error:?}");
            }
            assert!((4..60).contains(&made), "{trouble:?} was met {made} times");
            assert!(begun.elapsed() < 3 * WITHIN, "{trouble:?} took {:?}", begun.elapsed());
            assert_eq!(attributes(&tables, &own).await, None, "{trouble:?}");
            assert_eq!(all(&tables, "p").await, [], "{trouble:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_conflict_is_tried_again_with_patience() {
    behind_a_proxy(async |tables, proxy| {
        let own = key("own", "s");
        proxy.order(1..4, Trouble::TransactionConflict);
        tables.transact(count(&own)).await.unwrap();
        assert_eq!(proxy.end().len(), 4);
        assert_eq!(attributes(&tables, &own).await, Some(number("count", 1)));
        proxy.order(ALWAYS, Trouble::TransactionConflict);
        assert_eq!(tables.transact(count(&own)).await, Err(StoreError::Conflict));
        assert_eq!(proxy.end().len(), 8);
        assert_eq!(attributes(&tables, &own).await, Some(number("count", 1)));
    })
    .await;
}
