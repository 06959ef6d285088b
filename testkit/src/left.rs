//! Counts of the items in the tables, read directly from the stores.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use twclone_schema::MESSAGES;

use item_store::Tables;
use item_store::api::{Direction, Item, Query, SortRange, Table};
use tokio::runtime::Runtime;

use crate::World;

impl World {
    /// Returns the number of items in an account's inbox, unread and sent lists, and in its lists of open questions
    /// with these others and with itself.
    pub fn left_of(&self, name: &str, others: &[&str]) -> usize {
        let mut lists: Vec<_> = ["i", "u", "s"].iter().map(|list| format!("{list}#{name}")).collect();
        for other in others.iter().chain([&name]) {
            lists.extend([format!("q#{name}#{other}"), format!("q#{other}#{name}")]);
        }
        runtime().block_on(async {
            let tables = self.tables(Duration::from_secs(10)).await;
            let mut left = 0;
            for list in lists {
                left += partition(&tables, list).await.len();
            }
            left
        })
    }

    /// Returns the number of items in each of these partitions of a table.
    pub fn items(&self, table: Table, partitions: &[String]) -> Vec<u64> {
        runtime().block_on(async {
            let tables = self.tables(Duration::from_secs(10)).await;
            let mut counts = Vec::new();
            for name in partitions {
                counts.push(partition_of(&tables, table, name.clone()).await.len() as u64);
            }
            counts
        })
    }

    /// Returns how many messages with these ids exist.
    pub fn messages(&self, ids: Range<u64>) -> usize {
        runtime().block_on(async {
            let tables = self.tables(Duration::from_secs(10)).await;
            let mut there = 0;
            for id in ids {
                there += partition(&tables, format!("m#{id:016x}")).await.len();
            }
            there
        })
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Returns every item of a partition of the messages table.
async fn partition(tables: &Tables, partition: String) -> Vec<Arc<Item>> {
    partition_of(tables, MESSAGES, partition).await
}

/// Returns every item of a partition.
async fn partition_of(tables: &Tables, table: Table, partition: String) -> Vec<Arc<Item>> {
    let (range, direction) = (SortRange::All, Direction::Ascending);
    let mut query = Query { table, partition: partition.into(), range, direction, limit: 1_000, after: None };
    let mut items = Vec::new();
    loop {
        let page = tables.query(query.clone()).await.unwrap();
        items.extend(page.items);
        if page.next.is_none() {
            return items;
        }
        query.after = page.next;
    }
}
