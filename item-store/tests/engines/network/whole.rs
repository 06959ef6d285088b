//! Calls that take many requests are completed in the end.

use std::sync::Arc;
use twclone_schema::{MESSAGES, POSTS};

use item_store::api::{Item, StoreError, Write};
use item_store::{DynamoDbTarget, Tables};
use twclone_domain::Randomness;
use twclone_testkit::Trouble;

use super::{ALWAYS, DEADLINE, all, behind_a_proxy, items, writes};

#[tokio::test]
async fn a_batch_done_in_parts_is_done_whole() {
    behind_a_proxy(async |tables, proxy| {
        for most in [0, 1, 7] {
            let batch = items(&format!("p{most}"), 25);
            proxy.order(1..4, Trouble::Part(most));
            tables.batch_write(writes(&batch)).await.unwrap();
            assert_eq!(proxy.end(), ["BatchWriteItem"; 4]);
            assert_eq!(all(&tables, &format!("p{most}")).await, batch);
            proxy.order(1..4, Trouble::Part(most));
            let keys = batch.iter().map(|item| item.key.clone()).collect();
            let mut found = tables.batch_get(MESSAGES, keys).await.unwrap();
            assert_eq!(proxy.end(), ["BatchGetItem"; 4]);
            found.sort_by(|one, other| one.key.cmp(&other.key));
            assert_eq!(found, batch);
            // The same keys in a second table, so that the unprocessed rest is from both.
            let twins = batch.iter().map(|item| Write::Put(POSTS, item.as_ref().clone()));
            tables.batch_write(twins.collect()).await.unwrap();
            let place = |item: &Arc<Item>| [MESSAGES, POSTS].map(|table| (table, item.key.clone()));
            let places: Vec<_> = batch.iter().flat_map(place).collect();
            proxy.order(1..4, Trouble::Part(most));
            let found = tables.batch_get_across(places.clone()).await.unwrap();
            assert_eq!(proxy.end(), ["BatchGetItem"; 4]);
            let mut found: Vec<_> = found.into_iter().map(|(table, item)| (item.key.clone(), table)).collect();
            found.sort();
            let mut places: Vec<_> = places.into_iter().map(|(table, key)| (key, table)).collect();
            places.sort();
            assert_eq!(found, places);
        }
        let batch = items("never", 5);
        proxy.order(ALWAYS, Trouble::Part(0));
        assert_eq!(tables.batch_write(writes(&batch)).await, Err(StoreError::Overloaded));
        let keys = batch.iter().map(|item| item.key.clone()).collect();
        assert_eq!(tables.batch_get(MESSAGES, keys).await, Err(StoreError::Overloaded));
        proxy.end();
        assert_eq!(all(&tables, "never").await, []);
    })
    .await;
}

/// Opening an installation takes many requests. Each may fail, and the next start continues.
#[tokio::test]
async fn tables_are_made_however_often_that_is_broken_off() {
    behind_a_proxy(async |_, proxy| {
        for trouble in [Trouble::CloseAfter, Trouble::Refuse(500, "InternalServerError")] {
            for nth in 1.. {
                let prefix = format!("network-{:032x}-", u128::from_be_bytes(Randomness::system().bytes().unwrap()));
                let target = DynamoDbTarget::Endpoint(proxy.address().to_owned());
                let tables =
                    Tables::dynamodb(target, twclone_schema::layout(&prefix), Randomness::system().numbers(), DEADLINE)
                        .await
                        .unwrap();
                // As many as the engine's attempts, so that the call fails there.
                proxy.order(nth..nth + 3, trouble);
                let broken = tables.create_tables().await;
                let seen = proxy.end().len();
                tables.create_tables().await.unwrap();
                assert!(tables.describe().await.unwrap().iter().all(|table| table.active), "{trouble:?} at {nth}");
                tables.ping().await.unwrap();
                if seen < nth {
                    broken.unwrap();
                    assert!(nth > 5, "{trouble:?} was met {nth} times");
                    break;
                }
            }
        }
    })
    .await;
}
