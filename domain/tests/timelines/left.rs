//! Reads the tables directly.

use std::collections::{BTreeMap, BTreeSet};
use twclone_schema::TIMELINES;

use item_store::api::{Item, Table};
use twclone_domain::Id;

use super::kit::Harness;

/// Returns every item of a table.
pub(super) async fn all(harness: &Harness, table: Table) -> Vec<Item> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let page = harness.tables.scan(table, after, 1_000).await.unwrap();
        items.extend(page.items);
        after = page.next;
        if after.is_none() {
            return items;
        }
    }
}

/// Returns the entries of each home timeline, by the name of its account.
pub(super) async fn homes(harness: &Harness) -> BTreeMap<String, BTreeSet<Id>> {
    let mut homes = BTreeMap::<_, BTreeSet<_>>::new();
    for item in all(harness, TIMELINES).await {
        if let Some(name) = item.key.partition.strip_prefix("h#") {
            homes.entry(name.to_owned()).or_default().insert(id(&item));
        }
    }
    homes
}

/// Returns the entries of one home timeline.
pub(super) async fn brought(harness: &Harness, reader: &str) -> BTreeSet<Id> {
    let partition = format!("h#{reader}");
    harness.partition(TIMELINES, partition).await.iter().map(|item| id(item)).collect()
}

pub(super) fn id(item: &Item) -> Id {
    Id::new(i64::from_str_radix(&item.key.sort, 16).unwrap()).unwrap()
}
