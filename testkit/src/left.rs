//! What is in the tables, looked up behind the back of everyone.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use twclone_domain::item_store::Tables;
use twclone_domain::item_store::api::{Direction, Item, Query, SortRange, Table};

use crate::World;

impl World {
    /// How many items are in the lists of an account, and of questions between it and others.
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

    /// How many items these partitions of a table have, each.
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

    /// How many messages there are with these ids.
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

/// Every item of a partition of the table of messages.
async fn partition(tables: &Tables, partition: String) -> Vec<Arc<Item>> {
    partition_of(tables, Table::Messages, partition).await
}

/// Every item of a partition.
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
