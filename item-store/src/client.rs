//! The handle that the repositories use. Wraps an engine with DynamoDB's limits, a deadline and call counters.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::api::{
    Action, Engine, Examination, Item, Key, Query, QueryPage, Refer, Referred, Reply, ScanPage, StoreError, Table,
    TableStatus, Write,
};
use super::dynamodb::{DynamoDbEngine, DynamoDbTarget};
use super::embedded::EmbeddedEngine;
use super::limits;

/// The deadline of a page of a scan. Longer than that of other calls, because no request waits for a scan.
const SCAN_DEADLINE: Duration = Duration::from_secs(30);

/// The tables of an installation, and the prefix of their names.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    /// Added before the name of each table.
    pub prefix: &'a str,
    /// All tables, in the order of creation.
    pub tables: &'static [Table],
}

/// Returns the current time in Unix seconds. Expired items are deleted by it.
pub type UnixSeconds = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Returns an unpredictable number, for the tokens of transactions and the pauses between attempts; or why there is none.
pub type RandomNumbers = Arc<dyn Fn() -> Result<u128, String> + Send + Sync>;

/// The number of calls since the start, by operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreCalls {
    /// Reads of one item.
    pub get: u64,
    /// Reads of many items.
    pub batch_get: u64,
    /// Reads of a page of a partition.
    pub query: u64,
    /// Transactions.
    pub transact: u64,
    /// Writes of many items without conditions.
    pub batch_write: u64,
}

#[derive(Debug, Default)]
struct Counters {
    get: AtomicU64,
    batch_get: AtomicU64,
    query: AtomicU64,
    transact: AtomicU64,
    batch_write: AtomicU64,
}

/// The tables of an installation.
#[derive(Debug, Clone)]
pub struct Tables {
    engine: Arc<dyn Engine>,
    deadline: Duration,
    counters: Arc<Counters>,
}

impl Tables {
    /// Creates tables on an engine. Each call has to finish within the deadline.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, deadline: Duration) -> Self {
        Self { engine, deadline, counters: Arc::default() }
    }

    /// Opens tables in a file, which is created if it is missing. Blocks.
    ///
    /// # Errors
    /// `Unavailable` if the file cannot be opened, is not such a file, or is from a newer release.
    pub fn embedded(path: &Path, layout: Layout<'_>, now: UnixSeconds, deadline: Duration) -> Result<Self, StoreError> {
        let engine = EmbeddedEngine::open(path, layout, now)?;
        Ok(Self::new(Arc::new(engine), deadline))
    }

    /// Returns the version of such a file, and the version that it is migrated to when it is opened. Blocks.
    ///
    /// # Errors
    /// `Unavailable` if the file cannot be read.
    pub fn embedded_versions(path: &Path) -> Result<(usize, usize), StoreError> {
        EmbeddedEngine::versions(path)
    }

    /// Returns the damage in a copy of such a file, one line each. Blocks.
    pub fn check_embedded_copy(path: &Path, layout: Layout<'_>) -> Result<Vec<String>, StoreError> {
        EmbeddedEngine::check_copy(path, layout)
    }

    /// Opens tables in a server with DynamoDB's API.
    ///
    /// # Errors
    /// `Unavailable` if no client can be created for it.
    pub async fn dynamodb(
        target: DynamoDbTarget,
        layout: Layout<'_>,
        random: RandomNumbers,
        deadline: Duration,
    ) -> Result<Self, StoreError> {
        let engine = DynamoDbEngine::open(target, layout, random).await?;
        Ok(Self::new(Arc::new(engine), deadline))
    }

    /// Returns the engine, without limits, deadline and counters, so that it can be wrapped by another.
    #[must_use]
    pub fn engine(&self) -> Arc<dyn Engine> {
        Arc::clone(&self.engine)
    }

    /// Returns the same tables with separate counters, for background work.
    #[must_use]
    pub fn background(&self) -> Self {
        Self { engine: Arc::clone(&self.engine), deadline: self.deadline, counters: Arc::default() }
    }

    /// Returns the number of calls so far.
    #[must_use]
    pub fn calls(&self) -> StoreCalls {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StoreCalls {
            get: read(&self.counters.get),
            batch_get: read(&self.counters.batch_get),
            query: read(&self.counters.query),
            transact: read(&self.counters.transact),
            batch_write: read(&self.counters.batch_write),
        }
    }

    /// See [`Engine::get`].
    pub async fn get(&self, table: Table, key: Key) -> Result<Option<Arc<Item>>, StoreError> {
        limits::key(&key)?;
        self.call(&self.counters.get, self.engine.get(table, key)).await
    }

    /// See [`Engine::batch_get`]. Reads from one table.
    pub async fn batch_get(&self, table: Table, keys: Vec<Key>) -> Result<Vec<Arc<Item>>, StoreError> {
        let found = self.batch_get_across(keys.into_iter().map(|key| (table, key)).collect()).await?;
        Ok(found.into_iter().map(|(_, item)| item).collect())
    }

    /// See [`Engine::batch_get`].
    pub async fn batch_get_across(&self, keys: Vec<(Table, Key)>) -> Result<Vec<(Table, Arc<Item>)>, StoreError> {
        limits::batch_get(&keys)?;
        self.call(&self.counters.batch_get, self.engine.batch_get(keys)).await
    }

    /// See [`Engine::query`].
    pub async fn query(&self, query: Query) -> Result<QueryPage, StoreError> {
        limits::query(&query)?;
        self.call(&self.counters.query, self.engine.query(query)).await
    }

    /// See [`Engine::salvage`]. Counts as a query.
    pub async fn salvage(&self, query: Query) -> Result<(QueryPage, Vec<String>), StoreError> {
        limits::query(&query)?;
        self.call(&self.counters.query, self.engine.salvage(query)).await
    }

    /// See [`Engine::query_and_get`].
    pub async fn query_and_get(&self, queries: Vec<Query>, refer: Refer) -> Result<Referred, StoreError> {
        queries.iter().try_for_each(limits::query)?;
        self.counters.query.fetch_add(queries.len() as u64, Ordering::Relaxed);
        let counters = Arc::clone(&self.counters);
        let refer: Refer = Box::new(move |pages| {
            let keys = refer(pages)?;
            if !keys.is_empty() {
                limits::batch_get(&keys)?;
                counters.batch_get.fetch_add(1, Ordering::Relaxed);
            }
            Ok(keys)
        });
        self.within(self.engine.query_and_get(queries, refer)).await
    }

    /// See [`Engine::scan`]. Not counted, because no request uses it.
    pub async fn scan(&self, table: Table, after: Option<Key>, limit: u32) -> Result<ScanPage, StoreError> {
        limits::scan(after.as_ref(), limit)?;
        let page = tokio::time::timeout(SCAN_DEADLINE, self.engine.scan(table, after, limit)).await;
        page.unwrap_or(Err(StoreError::Timeout))
    }

    /// See [`Engine::transact`].
    pub async fn transact(&self, actions: Vec<Action>) -> Result<(), StoreError> {
        limits::transact(&actions)?;
        self.call(&self.counters.transact, self.engine.transact(actions)).await
    }

    /// See [`Engine::batch_write`].
    pub async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        limits::batch_write(&writes)?;
        self.call(&self.counters.batch_write, self.engine.batch_write(writes)).await
    }

    /// See [`Engine::create_tables`]. Has no deadline.
    pub async fn create_tables(&self) -> Result<Vec<String>, StoreError> {
        self.engine.create_tables().await
    }

    /// See [`Engine::describe`]. Has no deadline.
    pub async fn describe(&self) -> Result<Vec<TableStatus>, StoreError> {
        self.engine.describe().await
    }

    /// See [`Engine::check`]. Has no deadline.
    pub async fn check(&self) -> Result<Examination, StoreError> {
        self.engine.check().await
    }

    /// See [`Engine::ping`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.within(self.engine.ping()).await
    }

    /// See [`Engine::lost`]. Has no deadline.
    pub async fn lost(&self) -> StoreError {
        self.engine.lost().await
    }

    async fn call<T>(&self, counter: &AtomicU64, reply: Reply<'_, T>) -> Result<T, StoreError> {
        counter.fetch_add(1, Ordering::Relaxed);
        self.within(reply).await
    }

    async fn within<T>(&self, reply: Reply<'_, T>) -> Result<T, StoreError> {
        tokio::time::timeout(self.deadline, reply).await.unwrap_or(Err(StoreError::Timeout))
    }
}
