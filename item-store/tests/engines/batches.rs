use std::collections::HashMap;
use std::sync::Arc;
use twclone_schema::{MESSAGES, PLATFORM, POSTS, TABLES, TIMELINES};

use item_store::Tables;
use item_store::api::{Attributes, Item, Key, Table, Write};

use super::{attributes, item, key, number, on_each_engine, text};

fn keys(count: usize) -> Vec<Key> {
    (0..count).map(|place| key(&format!("p{}", place % 7), &format!("{place:03}"))).collect()
}

fn sorted(mut items: Vec<Arc<Item>>) -> Vec<Arc<Item>> {
    items.sort_by(|one, other| one.key.cmp(&other.key));
    items
}

fn shared(items: &[Item]) -> Vec<Arc<Item>> {
    items.iter().cloned().map(Arc::new).collect()
}

async fn write_all(tables: &Tables, items: &[Item]) {
    for items in items.chunks(25) {
        let writes = items.iter().map(|item| Write::Put(MESSAGES, item.clone()));
        tables.batch_write(writes.collect()).await.unwrap();
    }
}

#[tokio::test]
async fn a_hundred_items_are_read_at_once() {
    let items: Vec<_> = (0..).zip(keys(100)).map(|(count, key)| item(key, number("count", count))).collect();
    on_each_engine(async |tables| {
        write_all(&tables, &items).await;
        let found = tables.batch_get(MESSAGES, keys(100)).await.unwrap();
        assert_eq!(sorted(found), sorted(shared(&items)));
    })
    .await;
}

/// Returns an item whose attributes name its table.
fn of(table: Table, key: Key) -> (Table, Arc<Item>) {
    let name = Attributes::from_iter([("table".into(), text(table.name))]);
    (table, Arc::new(item(key, name)))
}

fn placed(mut items: Vec<(Table, Arc<Item>)>) -> Vec<(Table, Arc<Item>)> {
    items.sort_by(|(table, one), (other_table, other)| (table, &one.key).cmp(&(other_table, &other.key)));
    items
}

#[tokio::test]
async fn a_batch_across_tables_finds_in_each_its_own() {
    on_each_engine(async |tables| {
        // Each table has some of the keys. Some keys are in several tables.
        let every = |step| keys(12).into_iter().step_by(step);
        let mut items: Vec<_> = every(2).map(|key| of(POSTS, key)).collect();
        items.extend(every(3).map(|key| of(TIMELINES, key)));
        items.extend(every(12).map(|key| of(PLATFORM, key)));
        let writes = items.iter().map(|(table, item)| Write::Put(table, item.as_ref().clone()));
        tables.batch_write(writes.collect()).await.unwrap();
        // The tables alternate, unlike in the reads of an engine.
        let asked = [TIMELINES, MESSAGES, POSTS];
        let wanted: Vec<_> = keys(12).into_iter().flat_map(|key| asked.map(|table| (table, key.clone()))).collect();
        let found = tables.batch_get_across(wanted).await.unwrap();
        let expected = items.into_iter().filter(|(table, _)| asked.contains(table));
        assert_eq!(placed(found), placed(expected.collect()));
        let nothing = TABLES.iter().map(|table| (*table, key("nobody", "s"))).collect();
        assert_eq!(tables.batch_get_across(nothing).await, Ok(Vec::new()));
    })
    .await;
}

#[tokio::test]
async fn a_hundred_items_of_all_tables_are_read_at_once() {
    let items: Vec<_> = TABLES.iter().copied().cycle().zip(keys(100)).map(|(table, key)| of(table, key)).collect();
    on_each_engine(async |tables| {
        for items in items.chunks(25) {
            let writes = items.iter().map(|(table, item)| Write::Put(table, item.as_ref().clone()));
            tables.batch_write(writes.collect()).await.unwrap();
        }
        let wanted = items.iter().rev().map(|(table, item)| (*table, item.key.clone()));
        let found = tables.batch_get_across(wanted.collect()).await.unwrap();
        assert_eq!(placed(found), placed(items.clone()));
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_left_out() {
    on_each_engine(async |tables| {
        let wanted = keys(10);
        assert_eq!(tables.batch_get(MESSAGES, wanted.clone()).await.unwrap(), []);
        let items: Vec<_> = wanted.iter().step_by(3).map(|key| item(key.clone(), number("count", 1))).collect();
        write_all(&tables, &items).await;
        let found = tables.batch_get(MESSAGES, wanted.clone()).await.unwrap();
        assert_eq!(sorted(found), sorted(shared(&items)));
        assert_eq!(tables.batch_get(PLATFORM, wanted).await.unwrap(), [], "the other table");
    })
    .await;
}

/// More than the 16 MB that DynamoDB returns at once. The rest has to be requested again.
#[tokio::test]
async fn a_batch_is_read_whole_however_large() {
    let padding = Attributes::from_iter([("text".into(), text("x".repeat(180_000)))]);
    on_each_engine(async |tables| {
        for among in [&[MESSAGES][..], &[POSTS, TIMELINES]] {
            let wanted: Vec<_> = among.iter().copied().cycle().zip(keys(100)).collect();
            for keys in wanted.chunks(25) {
                let put = |(table, key): &(Table, Key)| Write::Put(table, item(key.clone(), padding.clone()));
                tables.batch_write(keys.iter().map(put).collect()).await.unwrap();
            }
            let mut seen: HashMap<(Table, Key), usize> = HashMap::new();
            for (table, item) in tables.batch_get_across(wanted.clone()).await.unwrap() {
                assert_eq!(item.attributes, padding);
                *seen.entry((table, item.key.clone())).or_default() += 1;
            }
            assert_eq!(seen, wanted.into_iter().map(|place| (place, 1)).collect());
        }
    })
    .await;
}

#[tokio::test]
async fn a_batch_writes_and_takes_away_in_two_tables() {
    on_each_engine(async |tables| {
        let [kept, gone, never, new] = ["kept", "gone", "never", "new"].map(|sort| key("batches", sort));
        write_all(&tables, &[item(kept.clone(), number("old", 1)), item(gone.clone(), number("old", 1))]).await;
        let writes = vec![
            Write::Put(MESSAGES, item(kept.clone(), number("count", 2))),
            Write::Delete(MESSAGES, gone.clone()),
            Write::Delete(MESSAGES, never.clone()),
            Write::Put(MESSAGES, item(new.clone(), number("count", 3))),
            // The same key as above in the other table.
            Write::Put(PLATFORM, item(gone.clone(), number("count", 4))),
        ];
        tables.batch_write(writes).await.unwrap();
        assert_eq!(attributes(&tables, &kept).await, Some(number("count", 2)), "a put replaces the whole item");
        assert_eq!(attributes(&tables, &gone).await, None);
        assert_eq!(attributes(&tables, &never).await, None);
        assert_eq!(attributes(&tables, &new).await, Some(number("count", 3)));
        let found = tables.get(PLATFORM, gone.clone()).await.unwrap();
        assert_eq!(found, Some(Arc::new(item(gone, number("count", 4)))));
    })
    .await;
}
