//! The engine on DynamoDB itself, or a server with the same API, through Amazon's SDK. The one place that
//! names the SDK.

mod convert;
mod expressions;
mod failure;
mod open;
mod read;
mod tables;
mod write;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use self::failure::Place;
use super::api::{
    Action, Engine, Examination, Item, Key, Query, QueryPage, Reply, ScanPage, StoreError, Table, TableStatus, Write,
};
use crate::Randomness;

/// Where DynamoDB is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DynamoDbTarget {
    /// A server at this address: DynamoDB Local, `ScyllaDB` Alternator.
    Endpoint(String),
    /// Amazon, with the region and credentials that every AWS tool finds.
    Amazon,
}

/// The engine.
#[derive(Debug)]
pub(super) struct DynamoDbEngine {
    client: Client,
    place: Place,
    prefix: String,
    randomness: Randomness,
}

impl DynamoDbEngine {
    pub(super) async fn open(target: DynamoDbTarget, prefix: &str, randomness: Randomness) -> Result<Self, StoreError> {
        let (client, place) = open::client(target).await?;
        Ok(Self { client, place, prefix: prefix.to_owned(), randomness })
    }

    fn name(&self, table: Table) -> String {
        format!("{}{}", self.prefix, table.schema().name)
    }

    /// Waits before a call is made again: twice as long each time, and by chance less, so that those who
    /// collided do not meet again.
    async fn pause(&self, attempt: u32) -> Result<(), StoreError> {
        let most = 20_u64 << attempt.min(5);
        let chance = self.randomness.bytes().map(u64::from_be_bytes);
        let chance = chance.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        tokio::time::sleep(std::time::Duration::from_millis(1 + chance % most)).await;
        Ok(())
    }
}

/// How often a call is made at most, where others are in the way or the server does a part at a time. The
/// pauses between take less than 2 s, so that a caller hears of the conflict, not of a timeout.
const ATTEMPTS: u32 = 8;

impl Engine for DynamoDbEngine {
    fn get(&self, table: Table, key: Key) -> Reply<'_, Option<Arc<Item>>> {
        Box::pin(self.get_item(table, key))
    }

    fn batch_get(&self, keys: Vec<(Table, Key)>) -> Reply<'_, Vec<(Table, Arc<Item>)>> {
        Box::pin(self.batch_get_items(keys))
    }

    fn query(&self, query: Query) -> Reply<'_, QueryPage> {
        Box::pin(self.query_items(query))
    }

    fn scan(&self, table: Table, after: Option<Key>, limit: u32) -> Reply<'_, ScanPage> {
        Box::pin(self.scan_items(table, after, limit))
    }

    fn transact(&self, actions: Vec<Action>) -> Reply<'_, ()> {
        Box::pin(self.transact_items(actions))
    }

    fn batch_write(&self, writes: Vec<Write>) -> Reply<'_, ()> {
        Box::pin(self.batch_write_items(writes))
    }

    fn create_tables(&self) -> Reply<'_, Vec<String>> {
        Box::pin(self.create_missing_tables())
    }

    fn describe(&self) -> Reply<'_, Vec<TableStatus>> {
        Box::pin(self.describe_tables())
    }

    /// Only that the tables are there: what they hold the service checks by itself.
    fn check(&self) -> Reply<'_, Examination> {
        Box::pin(async move {
            let tables = self.describe_tables().await?;
            let missing = tables.into_iter().filter(|table| !table.active);
            Ok(Examination { items: 0, faults: missing.map(|table| format!("no table {}", table.name)).collect() })
        })
    }

    fn ping(&self) -> Reply<'_, ()> {
        Box::pin(self.ask())
    }
}
