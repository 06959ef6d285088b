//! Fills a data folder with follows, posts and timelines by writing the items that the service and its jobs would
//! write for as many requests. A test compares them with what the server writes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use item_store::Tables;
use item_store::api::{Item, Key, StoreError, Table, Write};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use twclone_domain::Clock;

use crate::Failure;
use crate::crowd::{self, Post};
use crate::subject::layout;
use crate::subject::server::Data;

/// How many writes are in a batch.
const BATCH: usize = 25;
/// How many batches are in flight.
const WIDTH: usize = 64;
/// Generous, because no request waits for a batch here.
const DEADLINE: Duration = Duration::from_mins(1);

/// Writes into a data folder.
#[derive(Debug)]
pub struct Filler {
    runtime: Runtime,
    tables: Tables,
    under_way: JoinSet<Result<(), StoreError>>,
    writes: Vec<Write>,
    follows: u64,
    counts: BTreeMap<u64, [i64; 3]>,
    /// The newest post of each author.
    latest: BTreeMap<u64, i64>,
    parts: BTreeSet<Key>,
}

impl Filler {
    /// Opens a folder to which no other process writes.
    pub fn open(data: &Data, clock: Clock) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let tables =
            Tables::embedded(&data.items(), twclone_schema::layout("twclone-"), clock.unix_seconds(), DEADLINE)?;
        Ok(Self {
            runtime,
            tables,
            under_way: JoinSet::new(),
            writes: Vec::new(),
            follows: 0,
            counts: BTreeMap::new(),
            latest: BTreeMap::new(),
            parts: BTreeSet::new(),
        })
    }

    /// Makes one person follow another.
    pub fn follow(&mut self, follower: u64, followed: u64) -> Result<(), Failure> {
        let since = crowd::since(self.follows);
        self.follows += 1;
        self.counts.entry(followed).or_default()[0] += 1;
        self.counts.entry(follower).or_default()[1] += 1;
        layout::follow(follower, followed, since).into_iter().try_for_each(|item| self.write(item))
    }

    /// Writes a post, and brings it to the given readers.
    pub fn post(&mut self, post: &Post, readers: impl IntoIterator<Item = u64>) -> Result<(), Failure> {
        self.counts.entry(post.author).or_default()[2] += 1;
        let latest = self.latest.entry(post.author).or_insert(post.id);
        *latest = post.id.max(*latest);
        for (table, item) in layout::post(post) {
            // The index entry of a part exists once. A batch must not contain an item twice.
            if !item.attributes.is_empty() || self.parts.insert(item.key.clone()) {
                self.write((table, item))?;
            }
        }
        readers.into_iter().try_for_each(|reader| self.write(layout::brought(reader, post)))
    }

    /// Makes a reader pull an author's posts.
    pub fn pull(&mut self, reader: u64, author: u64) -> Result<(), Failure> {
        self.write(layout::pull(reader, author, crowd::since(self.follows)))
    }

    /// Marks an author as pulled.
    pub fn let_be_pulled(&mut self, author: u64) -> Result<(), Failure> {
        Ok(self.runtime.block_on(self.tables.transact(vec![layout::is_pulled(author)]))?)
    }

    /// Writes the remaining items, and the counters of the profiles.
    pub fn finish(mut self) -> Result<(), Failure> {
        self.flush()?;
        let counts: Vec<_> = std::mem::take(&mut self.counts).into_iter().collect();
        for some in counts.chunks(BATCH) {
            let counted =
                |(person, counts): &(u64, [i64; 3])| layout::counts(*person, *counts, self.latest.get(person).copied());
            let actions = some.iter().map(counted).collect();
            let tables = self.tables.clone();
            self.spawn(async move { tables.transact(actions).await })?;
        }
        self.end_all_but(0)
    }

    fn write(&mut self, (table, item): (Table, Item)) -> Result<(), Failure> {
        self.writes.push(Write::Put(table, item));
        if self.writes.len() == BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let writes = std::mem::take(&mut self.writes);
        if writes.is_empty() {
            return Ok(());
        }
        let tables = self.tables.clone();
        self.spawn(async move { tables.batch_write(writes).await })
    }

    fn spawn(&mut self, call: impl Future<Output = Result<(), StoreError>> + Send + 'static) -> Result<(), Failure> {
        self.under_way.spawn_on(call, self.runtime.handle());
        self.end_all_but(WIDTH - 1)
    }

    fn end_all_but(&mut self, left: usize) -> Result<(), Failure> {
        while self.under_way.len() > left {
            if let Some(ended) = self.runtime.block_on(self.under_way.join_next()) {
                ended??;
            }
        }
        Ok(())
    }
}
