//! The engine on Amazon DynamoDB, or on a server with the same API, through Amazon's SDK. The only module that uses
//! the SDK.

mod convert;
mod expressions;
mod failure;
mod open;
mod read;
mod tables;
mod write;

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use self::failure::Place;
use super::api::{
    Action, Engine, Examination, Item, Key, Query, QueryPage, Reply, ScanPage, StoreError, Table, TableStatus, Write,
};
use crate::client::{Layout, RandomNumbers};
use crate::retry::DYNAMODB;

/// Where DynamoDB is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DynamoDbTarget {
    /// A server at this address, such as DynamoDB Local or `ScyllaDB` Alternator.
    Endpoint(String),
    /// Amazon, with the region and credentials from the places where every AWS tool looks.
    Amazon,
}

/// The engine.
pub(super) struct DynamoDbEngine {
    client: Client,
    place: Place,
    prefix: String,
    tables: &'static [Table],
    random: RandomNumbers,
}

impl DynamoDbEngine {
    pub(super) async fn open(
        target: DynamoDbTarget,
        layout: Layout<'_>,
        random: RandomNumbers,
    ) -> Result<Self, StoreError> {
        let (client, place) = open::client(target).await?;
        Ok(Self { client, place, prefix: layout.prefix.to_owned(), tables: layout.tables, random })
    }

    fn name(&self, table: Table) -> String {
        format!("{}{}", self.prefix, table.name)
    }

    /// Waits before an attempt after this many failures.
    async fn pause(&self, failures: u32) -> Result<(), StoreError> {
        if failures > 0 {
            let [random, ..] = self.number()?.to_le_bytes();
            tokio::time::sleep(DYNAMODB.random_pause(failures, random)).await;
        }
        Ok(())
    }

    fn number(&self) -> Result<u128, StoreError> {
        (self.random)().map_err(StoreError::Unavailable)
    }
}

impl Debug for DynamoDbEngine {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DynamoDbEngine").field("place", &self.place).finish_non_exhaustive()
    }
}

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

    /// Checks only that the tables exist. DynamoDB verifies stored data itself.
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
