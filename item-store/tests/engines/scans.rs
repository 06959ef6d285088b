use std::collections::BTreeMap;
use twclone_schema::{MESSAGES, PLATFORM};

use item_store::Tables;
use item_store::api::{Attributes, Effect, Key, Write};

use super::{ITEM_BYTES, action, assert_invalid, item, key, number, on_each_engine, put, text};

/// Returns the items of all pages, and the number of pages.
async fn scanned(tables: &Tables, limit: u32) -> (BTreeMap<Key, Attributes>, usize) {
    let (mut found, mut pages, mut after) = (BTreeMap::new(), 0, None);
    loop {
        let page = tables.scan(MESSAGES, after, limit).await.unwrap();
        assert!(page.items.len() <= usize::try_from(limit).unwrap());
        for item in page.items {
            assert_eq!(found.insert(item.key.clone(), item.attributes), None, "{:?} twice", item.key);
        }
        pages += 1;
        after = page.next;
        if after.is_none() {
            return (found, pages);
        }
    }
}

async fn filled(tables: &Tables) -> BTreeMap<Key, Attributes> {
    let mut written = BTreeMap::new();
    for place in 0..60_i64 {
        // Partitions that begin with one another, with sort keys of equal length.
        let key = key(&"p#".repeat(usize::try_from(1 + place % 5).unwrap()), &format!("{:03}", place / 5));
        put(tables, key.clone(), number("count", place)).await;
        written.insert(key, number("count", place));
    }
    written
}

#[tokio::test]
async fn a_scan_brings_every_item_of_its_table_once() {
    on_each_engine(async |tables| {
        assert_eq!(scanned(&tables, 10).await, (BTreeMap::new(), 1));
        let written = filled(&tables).await;
        let other = item(key("other", "table"), number("count", 1));
        tables.batch_write(vec![Write::Put(PLATFORM, other)]).await.unwrap();
        for limit in [1, 7, 60, 61, 1_000] {
            let (found, pages) = scanned(&tables, limit).await;
            assert_eq!(found, written, "by {limit}");
            assert!(pages >= 60_usize.div_ceil(usize::try_from(limit).unwrap()), "by {limit}: {pages}");
        }
        assert_invalid(tables.scan(MESSAGES, None, 0).await, "no items");
        assert_invalid(tables.scan(MESSAGES, Some(key("", "s")), 1).await, "an empty key");
    })
    .await;
}

#[tokio::test]
async fn what_is_deleted_between_two_pages_is_in_nobodys_way() {
    on_each_engine(async |tables| {
        let mut written = filled(&tables).await;
        let first = tables.scan(MESSAGES, None, 20).await.unwrap();
        // Includes the item at the cursor of the next page.
        for item in &first.items {
            tables.transact(vec![action(item.key.clone(), [], Effect::Delete)]).await.unwrap();
            written.remove(&item.key);
        }
        let mut after = first.next;
        while after.is_some() {
            let page = tables.scan(MESSAGES, after, 20).await.unwrap();
            for item in page.items {
                assert_eq!(written.remove(&item.key), Some(item.attributes));
            }
            after = page.next;
        }
        assert_eq!(written, BTreeMap::new());
    })
    .await;
}

#[tokio::test]
async fn a_page_of_a_scan_ends_at_1_mb() {
    on_each_engine(async |tables| {
        for place in 0..6 {
            let filling = Attributes::from_iter([("text".into(), text("x".repeat(ITEM_BYTES - 200)))]);
            put(&tables, key("p", &place.to_string()), filling).await;
        }
        let (found, pages) = scanned(&tables, 100).await;
        assert!(found.len() == 6 && pages >= 2, "{} items on {pages} pages", found.len());
    })
    .await;
}
