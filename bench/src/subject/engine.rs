//! The embedded engine in this process, called by as many tasks as there would be connections.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use item_store::Tables;
use item_store::api::{StoreError, Write};
use tokio::runtime::Runtime;
use twclone_domain::Clock;

use crate::Failure;
use crate::crowd::Post;
use crate::people::{self, Letter};
use crate::sample::{Sample, micros};
use crate::subject::layout;

/// The server's deadline for a call.
const DEADLINE: Duration = Duration::from_millis(2_500);
/// The number of the first message written here. Loaded messages have smaller numbers, so these are newer and unique.
const BEHIND: u64 = 2_000_000;
/// How many messages are in a batch of 25 puts. Each has five items.
const BATCH: u64 = 5;

/// The parallelism of [`InProcess::bring`]: posts, batches of each post, and entries of a batch.
const JOBS: usize = 16;
const WIDTH: usize = 8;
const ENTRIES: usize = 25;

/// An open engine.
#[derive(Debug)]
pub struct InProcess {
    runtime: Runtime,
    tables: Tables,
    next: Arc<AtomicU64>,
}

/// The kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The transaction of a send.
    Send,
    /// The transaction of a reply.
    Reply,
    /// The query of a list of 20.
    List,
    /// A batch of 25 puts, each of which counts.
    Batch,
}

impl InProcess {
    /// Opens a file, and creates it if it is missing.
    pub fn open(path: &Path, clock: Clock) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let tables = Tables::embedded(path, twclone_schema::layout("twclone-"), clock.unix_seconds(), DEADLINE)?;
        runtime.block_on(tables.create_tables())?;
        Ok(Self { runtime, tables, next: Arc::new(AtomicU64::new(BEHIND)) })
    }

    /// Writes the first `messages` of the messages that a store begins with.
    pub fn fill(&self, messages: u64) -> Result<(), Failure> {
        for number in (0..messages).step_by(4) {
            let writes = (number..messages.min(number + 4)).flat_map(|number| layout::writes(&people::letter(number)));
            self.runtime.block_on(self.tables.batch_write(writes.collect()))?;
        }
        Ok(())
    }

    /// Writes the home timeline entries of posts in batches: for 16 posts at a time, with 128 batches in flight. The
    /// rate is that of entries.
    pub fn bring(&self, posts: &Arc<Vec<Post>>, readers: Range<u64>) -> Result<Sample, Failure> {
        let readers: Vec<_> = readers.collect();
        let batches: Arc<Vec<Vec<u64>>> = Arc::new(readers.chunks(ENTRIES).map(<[u64]>::to_vec).collect());
        let (begin, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
        let tasks = (0..JOBS * WIDTH).map(|_| {
            let (tables, next) = (self.tables.clone(), Arc::clone(&next));
            let (posts, batches) = (Arc::clone(posts), Arc::clone(&batches));
            self.runtime.spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let (some, within) = (place / (JOBS * batches.len()), place % (JOBS * batches.len()));
                    let Some(post) = posts.get(some * JOBS + within % JOBS) else { return Ok(taken) };
                    let put = |reader: &u64| {
                        let (table, item) = layout::brought(*reader, post);
                        Write::Put(table, item)
                    };
                    let called = Instant::now();
                    tables.batch_write(batches[within / JOBS].iter().map(put).collect()).await?;
                    taken.push(micros(called.elapsed()));
                }
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let mut taken = Vec::new();
        for task in tasks {
            let own: Result<Vec<u32>, StoreError> = self.runtime.block_on(task)?;
            taken.extend(own?);
        }
        let mut sample = Sample::of(taken, 0, begin.elapsed());
        sample.rate *= ENTRIES as f64;
        Ok(sample)
    }

    /// Lets a number of callers make one call after another for the given time.
    pub fn run(&self, work: Work, callers: u32, time: Duration) -> Result<Sample, Failure> {
        let begin = Instant::now();
        let tasks = (0..callers).map(|_| {
            let (tables, next) = (self.tables.clone(), Arc::clone(&self.next));
            self.runtime.spawn(async move {
                let (mut taken, mut failed) = (Vec::new(), 0);
                while begin.elapsed() < time {
                    let called = Instant::now();
                    match call(&tables, work, &next).await {
                        Ok(()) => taken.push(micros(called.elapsed())),
                        // The server would tell a client to retry.
                        Err(StoreError::Overloaded | StoreError::Timeout | StoreError::Conflict) => failed += 1,
                        Err(error) => return Err(error),
                    }
                }
                Ok((taken, failed))
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let (mut taken, mut failed) = (Vec::new(), 0);
        for task in tasks {
            let (own, refused) = self.runtime.block_on(task)??;
            taken.extend(own);
            failed += refused;
        }
        let mut sample = Sample::of(taken, failed, begin.elapsed());
        if work == Work::Batch {
            sample.rate *= (BATCH * 5) as f64;
        }
        Ok(sample)
    }
}

async fn call(tables: &Tables, work: Work, next: &AtomicU64) -> Result<(), StoreError> {
    match work {
        Work::Send => tables.transact(layout::send(&draft(next))).await,
        Work::Reply => {
            // The parent is one of the first 1,000 messages, which every store has.
            let number = next.fetch_add(1, Ordering::Relaxed);
            let parent = people::letter(number % 1_000);
            let draft = people::draft(number);
            let reply = Letter { from: parent.to, to: parent.from, reply_to: Some(parent.id), ..draft };
            tables.transact(layout::send(&reply)).await
        }
        Work::List => {
            let reader = people::readers().count() as u64;
            let page = tables.query(layout::list(next.fetch_add(1, Ordering::Relaxed) % reader)).await?;
            if page.items.len() == 20 { Ok(()) } else { Err(StoreError::Corrupt("a list has no 20 items".to_owned())) }
        }
        Work::Batch => tables.batch_write((0..BATCH).flat_map(|_| layout::writes(&draft(next))).collect()).await,
    }
}

fn draft(next: &AtomicU64) -> Letter {
    people::draft(next.fetch_add(1, Ordering::Relaxed))
}
