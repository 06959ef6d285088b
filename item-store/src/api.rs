//! The engine interface: tables of items under a partition key and a sort key, with DynamoDB's data model and limits.
//!
//! The repositories are written once, on [`super::Tables`], which calls an [`Engine`]. An engine is neither stricter
//! nor more lenient than DynamoDB: all engines accept the same calls.

use std::cmp::Ordering;
use std::fmt::{self, Debug, Formatter};
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;

use compact_str::CompactString;
use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The attribute that holds the partition key on the wire.
pub const PARTITION: &str = "partition";
/// The attribute that holds the sort key on the wire.
pub const SORT: &str = "sort";
/// The attribute with the time from which an item may be swept, in Unix seconds. Sweeping can be days late, so
/// readers of items that expire have to check this attribute.
pub const EXPIRES: &str = "expires";

/// The definition of a table, as data. Two tables are the same if they have the same name.
pub struct TableSchema {
    /// The name without the prefix.
    pub name: &'static str,
    /// A `CreateTable` input, as `aws dynamodb create-table --cli-input-json` takes it.
    pub create: &'static str,
    /// An `UpdateTimeToLive` input, if items expire.
    pub time_to_live: Option<&'static str>,
}

/// A table.
pub type Table = &'static TableSchema;

impl PartialEq for TableSchema {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for TableSchema {}

impl Hash for TableSchema {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl PartialOrd for TableSchema {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TableSchema {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(other.name)
    }
}

impl Debug for TableSchema {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// The primary key of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// At most 2,048 bytes, not empty.
    pub partition: CompactString,
    /// At most 1,024 bytes, not empty.
    pub sort: CompactString,
}

impl Key {
    /// Creates a key from its two parts.
    #[must_use]
    pub fn new(partition: &str, sort: &str) -> Self {
        Self { partition: partition.into(), sort: sort.into() }
    }
}

/// The value of an attribute. Covers the DynamoDB types that are supported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// `S`
    Text(CompactString),
    /// `N`
    Number(i64),
    /// `BOOL`
    Flag(bool),
    /// `B`
    Bytes(Vec<u8>),
    /// `L`
    List(Vec<Value>),
    /// `M`
    Map(Attributes),
}

impl Value {
    /// Creates a text value.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// Attributes by name, sorted, without the key. Items have few, and a sorted vector takes less memory than a tree.
pub type Attributes = LiteMap<CompactString, Value>;

/// An item: its key and its attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The primary key.
    pub key: Key,
    /// The attributes. The item has at most 400 KB, including attribute names and the key.
    pub attributes: Attributes,
}

/// The range of sort keys that a query reads. Bounds are inclusive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortRange {
    /// All sort keys.
    All,
    /// Sort keys that begin with this prefix.
    BeginsWith(CompactString),
    /// Sort keys up to this one.
    AtMost(CompactString),
    /// Sort keys from this one on.
    AtLeast(CompactString),
    /// Sort keys from the first to the second.
    Between(CompactString, CompactString),
}

/// The order in which a query reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest sort key first, compared by bytes.
    Ascending,
    /// Largest sort key first.
    Descending,
}

/// A read of one partition. Always strongly consistent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query {
    /// The table.
    pub table: Table,
    /// The partition.
    pub partition: CompactString,
    /// The range of sort keys.
    pub range: SortRange,
    /// The order.
    pub direction: Direction,
    /// The maximum number of items; at least 1.
    pub limit: u32,
    /// Continues after this sort key, which must be in the range.
    pub after: Option<CompactString>,
}

/// The result of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPage {
    /// The items, at most `limit`. A page ends early when it reaches 1 MB.
    pub items: Vec<Arc<Item>>,
    /// The sort key after which to continue, if the page ended at its limit or at 1 MB. As in DynamoDB, nothing may
    /// follow.
    pub next: Option<CompactString>,
}

/// A page of a scan of a whole table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanPage {
    /// The items, at most the requested number. A page ends early when it reaches 1 MB.
    pub items: Vec<Item>,
    /// The key after which to continue. Nothing may follow.
    pub next: Option<Key>,
}

/// A condition on the item as it was before the transaction. A comparison fails if the attribute is absent or of
/// another type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The item does not exist.
    Absent,
    /// The item exists.
    Present,
    /// The item does not exist or lacks the attribute.
    AttributeAbsent(&'static str),
    /// The item has the attribute.
    AttributePresent(&'static str),
    /// The attribute equals the value.
    Equals(&'static str, Value),
    /// The attribute is less than the value. Compares numbers, texts (by bytes) and bytes.
    Less(&'static str, Value),
    /// The attribute is greater than the value.
    Greater(&'static str, Value),
    /// The item does not exist, or its attribute is less than the value. So an expired item does not block a write,
    /// whether it was swept or not.
    AbsentOrLess(&'static str, Value),
}

/// One step of an update. An update names each attribute at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Set the attribute to the value.
    Set(&'static str, Value),
    /// Add to the number. An absent attribute counts as 0.
    Add(&'static str, i64),
    /// Remove the attribute.
    Remove(&'static str),
}

/// The effect of an action on its item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Replace the whole item.
    Put(Attributes),
    /// Change the item. Creates it if it is absent and the conditions allow that.
    Update(Vec<Change>),
    /// Delete the item, if it exists.
    Delete,
    /// Only check the conditions. There must be at least one.
    Check,
}

/// One action of a transaction: an effect on an item that applies if every condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The table.
    pub table: Table,
    /// The item.
    pub key: Key,
    /// The conditions, all of which must hold.
    pub conditions: Vec<Condition>,
    /// The effect.
    pub effect: Effect,
}

/// One write of a batch. It has no conditions and is not atomic with the other writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Replace the whole item.
    Put(Table, Item),
    /// Delete the item, if it exists.
    Delete(Table, Key),
}

/// The status of a table, as the store reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableStatus {
    /// Its name in the store, with the prefix.
    pub name: String,
    /// Whether it exists and is ready for use.
    pub active: bool,
    /// The number of items. DynamoDB updates its figure about every six hours.
    pub items: u64,
    /// The size in bytes, as old as `items`.
    pub bytes: u64,
}

/// The result of a check of all stored data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// The number of items checked.
    pub items: u64,
    /// Damage that was found, one line each.
    pub faults: Vec<String>,
}

/// Why a call to a store had no effect, or may have had none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Conditions did not hold; nothing was written. Has the indexes of the failed actions, ascending.
    #[error("a condition did not hold (actions {0:?})")]
    ConditionFailed(Vec<usize>),
    /// The call violates DynamoDB's limits or rules; nothing was written.
    #[error("the call is not valid: {0}")]
    Invalid(String),
    /// Concurrent transactions on the same items kept winning; nothing was written.
    #[error("other writers changed the same items repeatedly")]
    Conflict,
    /// The store accepts no more calls at the moment; nothing was written.
    #[error("the store is overloaded")]
    Overloaded,
    /// The store did not respond in time; a write may or may not have happened.
    #[error("the store did not answer in time")]
    Timeout,
    /// The store is unreachable or cannot work; a write may or may not have happened.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// The disk is full; nothing was written. Writes work again when there is space.
    #[error("the disk is full")]
    DiskFull,
    /// The disk lost data that it had accepted. The write may or may not have happened. All later writes fail.
    #[error("the disk failed; check it, and restart")]
    DiskFailed,
    /// A file is no longer where it was opened, so that a restart would not find what is written to it. The write may
    /// or may not have happened. All later reads and writes fail.
    #[error(
        "{0} was removed, moved or replaced while it was open; nothing is stored any more. Put the files back where they \
         were, or restore a backup, and start again"
    )]
    FileLost(String),
    /// A WAL contains commits that SQLite would drop.
    #[error(
        "{path} is damaged after its first {sound} bytes, and at least {commits} commits follow: restore a backup, or \
         truncate it there"
    )]
    WalDamaged {
        /// Path of the WAL.
        path: String,
        /// The length of the undamaged part, in bytes.
        sound: u64,
        /// The number of commits after the damage.
        commits: u32,
    },
    /// A table is missing.
    #[error("the table {0} does not exist")]
    NoSuchTable(String),
    /// The store returned data that cannot be what was written.
    #[error("damaged data: {0}")]
    Corrupt(String),
}

/// A function that returns the keys of the items that query results refer to: at most 100, without duplicates.
pub type Refer = Box<dyn FnOnce(&[QueryPage]) -> Result<Vec<(Table, Key)>, StoreError> + Send>;

/// Query results, and the existing items that they refer to.
pub type Referred = (Vec<QueryPage>, Vec<(Table, Arc<Item>)>);

/// The pending response of an engine.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store with DynamoDB's data model. [`super::Tables`] checks DynamoDB's limits before it calls an engine. Reads
/// are strongly consistent, and a write is durable when its call returns.
pub trait Engine: Send + Sync + Debug {
    /// Reads an item.
    fn get(&self, table: Table, key: Key) -> Reply<'_, Option<Arc<Item>>>;
    /// Reads up to 100 items of any tables, without duplicates. Returns those that exist, in no particular order.
    fn batch_get(&self, keys: Vec<(Table, Key)>) -> Reply<'_, Vec<(Table, Arc<Item>)>>;
    /// Reads a page of a partition.
    fn query(&self, query: Query) -> Reply<'_, QueryPage>;
    /// Runs queries one after the other, and then reads the items that the results refer to. Costs a query each, and
    /// a batch get if the results refer to anything. A local engine does all of it in one call.
    fn query_and_get(&self, queries: Vec<Query>, refer: Refer) -> Reply<'_, Referred> {
        Box::pin(async move {
            let mut pages = Vec::with_capacity(queries.len());
            for query in queries {
                pages.push(self.query(query).await?);
            }
            let keys = refer(&pages)?;
            let items = if keys.is_empty() { Vec::new() } else { self.batch_get(keys).await? };
            Ok((pages, items))
        })
    }
    /// Reads a page of a partition, ascending, and skips damaged items. Also returns a line for each damaged item. By
    /// default this is a query, because only some engines can have single damaged items.
    fn salvage(&self, query: Query) -> Reply<'_, (QueryPage, Vec<String>)> {
        Box::pin(async move { Ok((self.query(query).await?, Vec::new())) })
    }
    /// Reads a page of a whole table, after the last key of the page before, in an order that the engine chooses.
    /// Takes time proportional to the number of items, so only the doctor uses it, never a request.
    fn scan(&self, table: Table, after: Option<Key>, limit: u32) -> Reply<'_, ScanPage>;
    /// Does all actions or none. Takes up to 100, at most one for each item.
    fn transact(&self, actions: Vec<Action>) -> Reply<'_, ()>;
    /// Does each write. Takes up to 25, at most one for each item. After an error, some writes may have been done.
    fn batch_write(&self, writes: Vec<Write>) -> Reply<'_, ()>;
    /// Creates the missing tables and waits until they are ready. Returns the names of the created tables.
    fn create_tables(&self) -> Reply<'_, Vec<String>>;
    /// Returns the status of every table that the engine was opened with.
    fn describe(&self) -> Reply<'_, Vec<TableStatus>>;
    /// Checks all stored data for damage. Takes as long as reading it.
    fn check(&self) -> Reply<'_, Examination>;
    /// Succeeds if the store responds and, as far as is known, accepts writes.
    fn ping(&self) -> Reply<'_, ()>;
    /// Waits until the store can never work again in this process, and returns the error. Otherwise pending for ever.
    fn lost(&self) -> Pin<Box<dyn Future<Output = StoreError> + Send + '_>> {
        Box::pin(std::future::pending())
    }
}
