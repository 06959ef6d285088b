//! Tests of the engine with faults, on which other tests build.

use std::sync::Arc;
use twclone_schema::MESSAGES;

use item_store::Tables;
use item_store::api::{Change, Effect, StoreError, Write};
use twclone_testkit::{Fault, Faults, Operation};

use super::{DEADLINE, action, attributes, item, key, number, on_each_engine};

#[tokio::test]
async fn a_fault_comes_at_its_call_once() {
    on_each_engine(async |tables| {
        let faults = Faults::around(tables.engine());
        let tables = Tables::new(Arc::<Faults>::clone(&faults), DEADLINE);
        let own = key("p", "s");
        let count = || tables.transact(vec![action(own.clone(), [], Effect::Update(vec![Change::Add("count", 1)]))]);
        faults.at(2, Fault::Refuse(StoreError::Conflict));
        assert_eq!((count().await, count().await, count().await), (Ok(()), Err(StoreError::Conflict), Ok(())));
        faults.at_the(1, Operation::Transact, Fault::Lose(StoreError::Timeout));
        assert_eq!(attributes(&tables, &own).await, Some(number("count", 2)));
        assert_eq!(count().await, Err(StoreError::Timeout));
        assert_eq!((faults.seen(), faults.end()), (1, 1));
        assert_eq!(attributes(&tables, &own).await, Some(number("count", 3)));
        faults.from(1, Fault::Delay);
        assert_eq!(count().await, Err(StoreError::Timeout));
        assert_eq!(faults.end(), 1);
        assert_eq!(attributes(&tables, &own).await, Some(number("count", 3)), "it is still on its way");
        let later = Arc::clone(&faults);
        tokio::task::spawn_blocking(move || later.release()).await.unwrap();
        assert_eq!(attributes(&tables, &own).await, Some(number("count", 4)));
    })
    .await;
}

#[tokio::test]
async fn a_part_of_a_batch_is_done() {
    on_each_engine(async |tables| {
        let faults = Faults::around(tables.engine());
        let tables = Tables::new(Arc::<Faults>::clone(&faults), DEADLINE);
        let keys = ["1", "2", "3"].map(|sort| key("p", sort));
        let write = |key| Write::Put(MESSAGES, item(key, number("count", 1)));
        faults.at(1, Fault::Part(2));
        let batch = || tables.batch_write(keys.iter().cloned().map(write).collect());
        assert_eq!(batch().await, Err(StoreError::Overloaded));
        let found = tables.batch_get(MESSAGES, keys.to_vec()).await.unwrap();
        assert_eq!(found.len(), 2);
        batch().await.unwrap();
        assert_eq!(tables.batch_get(MESSAGES, keys.to_vec()).await.unwrap().len(), 3);
    })
    .await;
}
