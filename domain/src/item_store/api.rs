//! The seam: tables of items under a partition and a sort key, with DynamoDB's own model and limits.
//!
//! The repositories are written once, on [`super::Tables`]; an [`Engine`] stands under it. An engine may
//! be neither kinder nor stricter than DynamoDB: what one accepts, the other accepts.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use compact_str::CompactString;
use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use twclone_schema::TableSchema;

/// The attribute that holds the partition key on the wire.
pub const PARTITION: &str = "partition";
/// The attribute that holds the sort key on the wire.
pub const SORT: &str = "sort";
/// The attribute that says when an item may be swept, in Unix seconds. Sweeping can be days late: whoever
/// reads an item that expires has to look at this attribute.
pub const EXPIRES: &str = "expires";

/// A table; the closed set of those that twclone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Direct messages, replies, quick replies.
    Messages,
    /// Posts, comments, reposts, likes.
    Posts,
    /// What everyone may see of accounts.
    Graph,
    /// Home timelines.
    Timelines,
    /// Products and carts.
    Shop,
    /// Leases and idempotency keys.
    Platform,
}

impl Table {
    /// Every table, in the order in which they are made.
    pub const ALL: [Self; 6] = [Self::Messages, Self::Posts, Self::Graph, Self::Timelines, Self::Shop, Self::Platform];

    /// The table's definition.
    #[must_use]
    pub const fn schema(self) -> TableSchema {
        match self {
            Self::Messages => twclone_schema::MESSAGES,
            Self::Posts => twclone_schema::POSTS,
            Self::Graph => twclone_schema::GRAPH,
            Self::Timelines => twclone_schema::TIMELINES,
            Self::Shop => twclone_schema::SHOP,
            Self::Platform => twclone_schema::PLATFORM,
        }
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
    /// The key of these two.
    #[must_use]
    pub fn new(partition: &str, sort: &str) -> Self {
        Self { partition: partition.into(), sort: sort.into() }
    }
}

/// The value of an attribute: the part of DynamoDB's types that twclone uses.
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
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// Attributes by name, in their order, without the key. Few: side by side they take less than in a tree.
pub type Attributes = LiteMap<CompactString, Value>;

/// An item: its key and what stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it is.
    pub key: Key,
    /// What it holds; at most 400 KB with names and key.
    pub attributes: Attributes,
}

/// Which sort keys of a partition a query reads; bounds are inclusive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortRange {
    /// All of them.
    All,
    /// Those that begin with this.
    BeginsWith(CompactString),
    /// Those up to this one.
    AtMost(CompactString),
    /// This one and those behind it.
    AtLeast(CompactString),
    /// From the first to the second.
    Between(CompactString, CompactString),
}

/// The order in which a query reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest sort key first, by bytes.
    Ascending,
    /// Largest first.
    Descending,
}

/// A read of one partition; always consistent.
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
    /// How many items at most; at least 1.
    pub limit: u32,
    /// Go on behind this sort key, which lies in the range.
    pub after: Option<CompactString>,
}

/// What a query found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPage {
    /// The items, at most `limit` of them and at most 1 MB.
    pub items: Vec<Arc<Item>>,
    /// Where to go on, where the page ended at its limit or at 1 MB. As in DynamoDB there may be nothing
    /// behind it.
    pub next: Option<CompactString>,
}

/// A part of a whole table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanPage {
    /// The items, at most as many as asked for and at most 1 MB.
    pub items: Vec<Item>,
    /// Where to go on; there may be nothing behind it.
    pub next: Option<Key>,
}

/// What must hold of the item as it stands before a transaction. A comparison with an attribute that is
/// absent or of another type does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// There is no such item.
    Absent,
    /// There is such an item.
    Present,
    /// The item, if any, has no such attribute.
    AttributeAbsent(&'static str),
    /// The item has the attribute.
    AttributePresent(&'static str),
    /// The attribute equals the value.
    Equals(&'static str, Value),
    /// The attribute is less than the value; numbers, texts (by bytes) and bytes.
    Less(&'static str, Value),
    /// The attribute is greater than the value.
    Greater(&'static str, Value),
    /// There is no such item, or its attribute is less than the value: what has run out does not stand in the
    /// way, whether it was swept or not.
    AbsentOrLess(&'static str, Value),
}

/// One step of an update. An attribute is named once in an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Set the attribute to the value.
    Set(&'static str, Value),
    /// Add to the number; an absent one counts as 0.
    Add(&'static str, i64),
    /// Take the attribute away.
    Remove(&'static str),
}

/// What a transaction does to one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write the item whole.
    Put(Attributes),
    /// Change the item; makes it, where it is absent and no condition forbids it.
    Update(Vec<Change>),
    /// Take the item away, if it is there.
    Delete,
    /// Only check the conditions, of which there is at least one.
    Check,
}

/// One action of a transaction: an effect on an item, if every condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The table.
    pub table: Table,
    /// The item.
    pub key: Key,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// What is done then.
    pub effect: Effect,
}

/// One write of a batch: without conditions, and not atomic with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Write the item whole.
    Put(Table, Item),
    /// Take the item away, if it is there.
    Delete(Table, Key),
}

/// What a store says of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableStatus {
    /// Its name in the store, with the prefix.
    pub name: String,
    /// Whether it exists and can be used.
    pub active: bool,
    /// How many items it holds. On DynamoDB the store's own figure, about six hours old.
    pub items: u64,
    /// How many bytes they take, likewise.
    pub bytes: u64,
}

/// What a store found when it looked through all that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// How many items it looked at.
    pub items: u64,
    /// What is not as it was written, a line each.
    pub faults: Vec<String>,
}

/// Why a call to a store had no effect, or why its effect is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Conditions did not hold; nothing was written. The places of the actions concerned, ascending.
    #[error("a condition did not hold (actions {0:?})")]
    ConditionFailed(Vec<usize>),
    /// The call is outside DynamoDB's limits or rules; nothing was written.
    #[error("the call is not valid: {0}")]
    Invalid(String),
    /// Other transactions on the same items kept coming first; nothing was written.
    #[error("other writers kept coming first")]
    Conflict,
    /// The store takes no more calls at the moment; nothing was written.
    #[error("the store is overloaded")]
    Overloaded,
    /// No answer in time; a write may or may not have happened.
    #[error("the store did not answer in time")]
    Timeout,
    /// The store cannot be reached or cannot work; a write may or may not have happened.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// There is no room for what is to be written; nothing was written. Writes come back when there is room.
    #[error("the disk is full")]
    DiskFull,
    /// The disk lost what it had taken: nothing is written from now on. The write may or may not have happened.
    #[error("the disk failed while writing; check it, and restart")]
    DiskFailed,
    /// A file is not any more where it was opened: what is written to it is not there after a restart, so nothing is
    /// written or read from now on. The write may or may not have happened.
    #[error(
        "{0} was removed, moved or replaced while it was open; nothing is stored any more. Put the files back where they \
         were, or restore a backup, and start again"
    )]
    FileLost(String),
    /// A table is missing.
    #[error("the table {0} does not exist")]
    NoSuchTable(String),
    /// What the store gave back cannot be what was written.
    #[error("the store gave back something damaged: {0}")]
    Corrupt(String),
}

/// Names the items, none twice and 100 at most, that what queries found refers to.
pub type Refer = Box<dyn FnOnce(&[QueryPage]) -> Result<Vec<(Table, Key)>, StoreError> + Send>;

/// What queries found, and those of the items that it refers to that exist.
pub type Referred = (Vec<QueryPage>, Vec<(Table, Arc<Item>)>);

/// The answer of an engine, to be awaited.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store with DynamoDB's model. Calls arrive within its limits ([`super::Tables`] sees to that), reads
/// are consistent, and a write that is answered is on disk.
pub trait Engine: Send + Sync + Debug {
    /// Reads an item.
    fn get(&self, table: Table, key: Key) -> Reply<'_, Option<Arc<Item>>>;
    /// Reads up to 100 items of any tables, none twice; answers those that exist, in no order.
    fn batch_get(&self, keys: Vec<(Table, Key)>) -> Reply<'_, Vec<(Table, Arc<Item>)>>;
    /// Reads a part of a partition.
    fn query(&self, query: Query) -> Reply<'_, QueryPage>;
    /// Reads parts of partitions, one after the other, and then what is referred to there. Costs a query each, and a read
    /// of many where anything is; an engine near at hand does it all at once.
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
    /// Reads a part of a partition, ascending, past what is damaged. Answers a line for each damaged item, too. Only an
    /// engine whose items can be damaged one by one has another way than a query.
    fn salvage(&self, query: Query) -> Reply<'_, (QueryPage, Vec<String>)> {
        Box::pin(async move { Ok((self.query(query).await?, Vec::new())) })
    }
    /// Reads a part of a whole table, behind a key that a page before ended with, in an order of the engine's own. For
    /// the doctor alone, never for a request: it takes as long as there are items.
    fn scan(&self, table: Table, after: Option<Key>, limit: u32) -> Reply<'_, ScanPage>;
    /// Does all actions or none; up to 100, no item twice.
    fn transact(&self, actions: Vec<Action>) -> Reply<'_, ()>;
    /// Does each write; up to 25, no item twice. After an error some may have been done.
    fn batch_write(&self, writes: Vec<Write>) -> Reply<'_, ()>;
    /// Makes the tables that are missing and waits until they can be used. Answers the names of those made.
    fn create_tables(&self) -> Reply<'_, Vec<String>>;
    /// Looks at every table of [`Table::ALL`].
    fn describe(&self) -> Reply<'_, Vec<TableStatus>>;
    /// Looks through all that it holds for damage. Takes as long as to read it.
    fn check(&self) -> Reply<'_, Examination>;
    /// Answers if the store does, and can be written to as far as is known.
    fn ping(&self) -> Reply<'_, ()>;
    /// Answers, with the error, when the store can never work again in this process.
    fn lost(&self) -> Pin<Box<dyn Future<Output = StoreError> + Send + '_>> {
        Box::pin(std::future::pending())
    }
}
