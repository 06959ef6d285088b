use std::collections::HashMap;

use twclone_domain::store::Tables;
use twclone_domain::store::table::{Attributes, Item, Key, Table, Write};

use super::{attributes, item, key, number, on_each_engine, text};

fn keys(count: usize) -> Vec<Key> {
    (0..count).map(|place| key(&format!("p{}", place % 7), &format!("{place:03}"))).collect()
}

fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by(|one, other| one.key.cmp(&other.key));
    items
}

async fn write_all(tables: &Tables, items: &[Item]) {
    for items in items.chunks(25) {
        let writes = items.iter().map(|item| Write::Put(Table::Messages, item.clone()));
        tables.batch_write(writes.collect()).await.unwrap();
    }
}

#[tokio::test]
async fn a_hundred_items_are_read_at_once() {
    let items: Vec<_> = (0..).zip(keys(100)).map(|(count, key)| item(key, number("count", count))).collect();
    on_each_engine(async |tables| {
        write_all(&tables, &items).await;
        let found = tables.batch_get(Table::Messages, keys(100)).await.unwrap();
        assert_eq!(sorted(found), sorted(items.clone()));
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_left_out() {
    on_each_engine(async |tables| {
        let wanted = keys(10);
        assert_eq!(tables.batch_get(Table::Messages, wanted.clone()).await.unwrap(), []);
        let items: Vec<_> = wanted.iter().step_by(3).map(|key| item(key.clone(), number("count", 1))).collect();
        write_all(&tables, &items).await;
        let found = tables.batch_get(Table::Messages, wanted.clone()).await.unwrap();
        assert_eq!(sorted(found), sorted(items));
        assert_eq!(tables.batch_get(Table::Platform, wanted).await.unwrap(), [], "the other table");
    })
    .await;
}

/// More than the 16 MB that DynamoDB answers at once: what it leaves has to be asked for again.
#[tokio::test]
async fn a_batch_is_read_whole_however_large() {
    let padding = Attributes::from([("text".into(), text("x".repeat(180_000)))]);
    let items: Vec<_> = keys(100).into_iter().map(|key| item(key, padding.clone())).collect();
    on_each_engine(async |tables| {
        write_all(&tables, &items).await;
        let found = tables.batch_get(Table::Messages, keys(100)).await.unwrap();
        let mut seen: HashMap<Key, usize> = HashMap::new();
        for item in found {
            assert_eq!(item.attributes, padding);
            *seen.entry(item.key).or_default() += 1;
        }
        assert_eq!(seen, keys(100).into_iter().map(|key| (key, 1)).collect());
    })
    .await;
}

#[tokio::test]
async fn a_batch_writes_and_takes_away_in_both_tables() {
    on_each_engine(async |tables| {
        let [kept, gone, never, new] = ["kept", "gone", "never", "new"].map(|sort| key("batches", sort));
        write_all(&tables, &[item(kept.clone(), number("old", 1)), item(gone.clone(), number("old", 1))]).await;
        let writes = vec![
            Write::Put(Table::Messages, item(kept.clone(), number("count", 2))),
            Write::Delete(Table::Messages, gone.clone()),
            Write::Delete(Table::Messages, never.clone()),
            Write::Put(Table::Messages, item(new.clone(), number("count", 3))),
            // The same key as above in the other table.
            Write::Put(Table::Platform, item(gone.clone(), number("count", 4))),
        ];
        tables.batch_write(writes).await.unwrap();
        assert_eq!(attributes(&tables, &kept).await, Some(number("count", 2)), "a put replaces the whole item");
        assert_eq!(attributes(&tables, &gone).await, None);
        assert_eq!(attributes(&tables, &never).await, None);
        assert_eq!(attributes(&tables, &new).await, Some(number("count", 3)));
        let found = tables.get(Table::Platform, gone.clone()).await.unwrap();
        assert_eq!(found, Some(item(gone, number("count", 4))));
    })
    .await;
}
