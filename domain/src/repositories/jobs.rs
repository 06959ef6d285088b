//! Jobs that update the timelines, in the table `platform`. They are added in the transaction that makes them
//! necessary, and deleted when they are done. A process works on a shard of the jobs as long as it holds the shard's
//! lease.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use twclone_schema::PLATFORM;

use compact_str::CompactString;
use tokio::sync::Notify;

use super::entries::{self, Entry, Part};
use super::items::{Reader, number, time};
use super::keys;
use super::leases::SHARDS;
use crate::{Error, Id, Timestamp, Username};
use item_store::Tables;
use item_store::api::{Action, Attributes, Change, Condition, Effect, Item, StoreError, Value};

const KIND: &str = "kind";
const POST: &str = "post";
const READER: &str = "reader";
const SINCE: &str = "since";
const CURSOR: &str = "cursor";
const ATTEMPTS: &str = "attempts";
const NOT_BEFORE: &str = "not-before";
const WHY: &str = "why";

/// Number of failed attempts after which a job is parked. With the delays between them, this takes two minutes.
const ATTEMPTS_BEFORE_PARKING: u32 = 8;
/// Delay after the first failure of a job, in milliseconds. Doubles with each later failure.
const REST: i64 = 1_000;
/// Upper limit for a plausible delay, in milliseconds. A clock that was ahead set any longer one.
const LONGEST_REST: i64 = REST << ATTEMPTS_BEFORE_PARKING;
/// Maximum length of a stored error, in characters.
const WHY_LENGTH: usize = 200;
/// Number of jobs read at once.
const PAGE: usize = 1_000;

/// The task of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// Push a post to its author's followers.
    Push(Entry),
    /// Make an author's followers pull their posts, because there are too many to push to. Such a job begins as a push.
    Turn(Entry),
    /// Remove a post from home timelines, and delete what belongs to it.
    Retract(Entry),
    /// Delete what belongs to a deleted comment.
    Forget(Entry),
    /// Push an author's latest posts to somebody who follows them since then.
    Welcome { reader: Username, author: Username, since: Id },
    /// Remove an author's posts from the home timeline of somebody who no longer follows them, or mutes them.
    Part { reader: Username, author: Username },
    /// End the follows between two accounts, one of which blocked the other.
    Sever { one: Username, other: Username },
}

/// A job, with its progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) id: Id,
    pub(crate) shard: u8,
    pub(crate) task: Task,
    /// The last processed entry, for tasks that go through a list.
    pub(crate) cursor: Option<Id>,
    /// Number of failed attempts. Jobs of older versions lack it, and have 0.
    pub(crate) attempts: u32,
    /// The time of the next attempt.
    not_before: Option<Timestamp>,
    /// The last error.
    why: Option<String>,
}

/// A page of a queue.
#[derive(Debug, Default)]
pub(crate) struct JobPage {
    /// The readable jobs.
    pub(crate) jobs: Vec<Job>,
    /// The id after which to continue.
    pub(crate) next: Option<Id>,
    /// A line for each unreadable job.
    pub(crate) unreadable: Vec<String>,
}

/// A job that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedJob {
    /// Its id.
    pub id: Id,
    /// What kind of job it is.
    pub kind: &'static str,
    /// Number of failed attempts.
    pub attempts: u32,
    /// The time of the next attempt; `None` if the job is parked.
    pub not_before: Option<Timestamp>,
    /// The last error.
    pub why: String,
}

/// Jobs that failed or cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailedJobs {
    /// Jobs that will be tried again, and parked jobs.
    pub jobs: Vec<FailedJob>,
    /// A line for each unreadable job.
    pub unreadable: Vec<String>,
}

/// Counters of failed jobs in this process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobFailures {
    /// Number of failed attempts.
    pub failed: u64,
    /// Number of parked jobs.
    pub parked: u64,
    /// Number of unreadable jobs.
    pub unreadable: u64,
}

impl Job {
    /// Returns whether the job is due. A delay longer than any plausible one was set by a clock that was ahead, and
    /// is ignored.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.not_before.is_none_or(|moment| moment <= now || moment > now.plus_millis(LONGEST_REST))
    }

    /// Returns the post to push, if that is the task.
    pub(crate) fn pushed(&self) -> Option<&Entry> {
        match &self.task {
            Task::Push(entry) => Some(entry),
            _ => None,
        }
    }
}

/// Reads and writes jobs.
#[derive(Debug, Clone)]
pub(crate) struct JobStore {
    tables: Tables,
    queue: Arc<QueueHandle>,
}

#[derive(Debug, Default)]
struct QueueHandle {
    /// The shard for new jobs of this process. If it runs jobs, that is its own shard.
    shard: AtomicU8,
    put: Notify,
    failed: AtomicU64,
    parked: AtomicU64,
    /// The unreadable jobs that were logged, so that each is logged once.
    unreadable: Mutex<BTreeSet<String>>,
}

impl JobStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables, queue: Arc::default() }
    }

    /// Returns the same queue, for background work.
    pub(crate) fn background(&self, tables: Tables) -> Self {
        Self { tables, queue: Arc::clone(&self.queue) }
    }

    /// Sets the shard for new jobs of this process.
    pub(crate) fn set_shard(&self, shard: u8) {
        self.queue.shard.store(shard, Ordering::Relaxed);
    }

    /// Waits until this process adds a job. Returns at once if it has added one since the last call.
    pub(crate) async fn wait(&self) {
        self.queue.put.notified().await;
    }

    /// Signals the job runner of this process that a job has been added.
    pub(crate) fn notify(&self) {
        self.queue.put.notify_one();
    }

    /// Returns the action that adds a job.
    pub(crate) fn put(&self, id: Id, task: &Task) -> Action {
        let shard = self.queue.shard.load(Ordering::Relaxed);
        Action {
            table: PLATFORM,
            key: keys::entry(keys::jobs(shard), id),
            conditions: vec![Condition::Absent],
            effect: Effect::Put(encode(task)),
        }
    }

    /// Returns the oldest jobs of a shard after an id. Leaves out unreadable jobs, and logs each once.
    pub(crate) async fn list(&self, shard: u8, after: Option<Id>, count: usize) -> Result<JobPage, Error> {
        let page = self.page(shard, keys::jobs(shard), after, count).await?;
        let mut known = self.queue.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        for line in &page.unreadable {
            if known.insert(line.clone()) {
                tracing::error!(shard, "skipping a timeline job that cannot be read: {line}");
            }
        }
        Ok(page)
    }

    /// Returns whether a shard has readable jobs.
    pub(crate) async fn has_some(&self, shard: u8) -> Result<bool, Error> {
        let mut after = None;
        loop {
            let page = self.list(shard, after, 1).await?;
            after = page.next;
            if !page.jobs.is_empty() || after.is_none() {
                return Ok(!page.jobs.is_empty());
            }
        }
    }

    async fn page(
        &self,
        shard: u8,
        partition: CompactString,
        after: Option<Id>,
        count: usize,
    ) -> Result<JobPage, Error> {
        let part = Part::oldest(PLATFORM, partition, after, count);
        let (items, full, mut unreadable) = match part.clone().read(&self.tables).await {
            Ok(items) => {
                let full = items.len() >= count;
                (items, full, Vec::new())
            }
            Err(StoreError::Corrupt(_)) => {
                let (page, damaged) = self.tables.salvage(part.query()).await?;
                (page.items, page.next.is_some(), damaged)
            }
            Err(error) => return Err(error.into()),
        };
        // An invalid key was not written by this store.
        let next = items.iter().rev().find_map(|item| entries::id(item).ok()).filter(|_| full);
        let mut jobs = Vec::with_capacity(items.len());
        for item in items {
            match decode(shard, &item) {
                Ok(job) => jobs.push(job),
                Err(error) => unreadable.push(format!("{}/{}: {error}", item.key.partition, item.key.sort)),
            }
        }
        Ok(JobPage { jobs, next, unreadable })
    }

    /// Delays failed jobs, each for longer than the last time, and parks those that failed too often. Ignores jobs
    /// that others have finished.
    pub(crate) async fn put_off(&self, jobs: Vec<Job>, error: &Error, now: Timestamp) -> Result<(), Error> {
        let why: String = error.to_string().chars().take(WHY_LENGTH).collect();
        for mut job in jobs {
            job.attempts = job.attempts.saturating_add(1);
            job.why = Some(why.clone());
            let is_parked = job.attempts >= ATTEMPTS_BEFORE_PARKING;
            let actions = if is_parked {
                job.not_before = None;
                vec![act(&job, vec![Condition::Present], Effect::Delete), park(&job)]
            } else {
                let moment = now.plus_millis(REST << (job.attempts - 1));
                let changes = vec![
                    Change::Set(ATTEMPTS, Value::Number(job.attempts.into())),
                    Change::Set(NOT_BEFORE, time(moment)),
                    Change::Set(WHY, Value::text(&why)),
                ];
                vec![act(&job, vec![Condition::Present], Effect::Update(changes))]
            };
            match self.tables.transact(actions).await {
                Ok(()) => {}
                Err(StoreError::ConditionFailed(_)) => continue,
                Err(error) => return Err(error.into()),
            }
            self.queue.failed.fetch_add(1, Ordering::Relaxed);
            let (id, kind, attempts) = (job.id, kind(&job.task), job.attempts);
            if is_parked {
                self.queue.parked.fetch_add(1, Ordering::Relaxed);
                tracing::error!(%error, %id, kind, attempts, "a timeline job failed too often and is parked");
            } else {
                tracing::warn!(%error, %id, kind, attempts, "a timeline job failed and will be retried");
            }
        }
        Ok(())
    }

    /// Returns the counters of this process.
    pub(crate) fn failures(&self) -> JobFailures {
        let unreadable = self.queue.unreadable.lock().unwrap_or_else(PoisonError::into_inner).len() as u64;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        JobFailures { failed: read(&self.queue.failed), parked: read(&self.queue.parked), unreadable }
    }

    /// Returns the failed jobs, parked or not, and the unreadable ones. Costs 32 queries, and more if there are many
    /// jobs.
    pub(crate) async fn failed(&self) -> Result<FailedJobs, Error> {
        let mut failed = FailedJobs::default();
        for shard in (0..=u8::MAX).take(SHARDS.count.into()) {
            for partition in [keys::jobs(shard), keys::parked_jobs(shard)] {
                let mut after = None;
                loop {
                    let page = self.page(shard, partition.clone(), after, PAGE).await?;
                    failed.unreadable.extend(page.unreadable);
                    failed.jobs.extend(page.jobs.into_iter().filter(|job| job.attempts > 0).map(|job| FailedJob {
                        id: job.id,
                        kind: kind(&job.task),
                        attempts: job.attempts,
                        not_before: job.not_before,
                        why: job.why.unwrap_or_default(),
                    }));
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
            }
        }
        Ok(failed)
    }

    /// Moves parked jobs back to their queues, without their failures. Returns their number.
    pub(crate) async fn resume(&self) -> Result<u64, Error> {
        let mut resumed = 0;
        for shard in (0..=u8::MAX).take(SHARDS.count.into()) {
            let mut after = None;
            loop {
                let page = self.page(shard, keys::parked_jobs(shard), after, PAGE).await?;
                for job in page.jobs {
                    let key = keys::entry(keys::parked_jobs(shard), job.id);
                    let (table, conditions) = (PLATFORM, vec![Condition::Present]);
                    let taken = Action { table, key, conditions, effect: Effect::Delete };
                    let put = act(&job, Vec::new(), Effect::Put(encode(&job.task)));
                    match self.tables.transact(vec![taken, put]).await {
                        Ok(()) => resumed += 1,
                        Err(StoreError::ConditionFailed(_)) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(resumed)
    }

    /// Stores the progress and the kind of jobs, at most ten, if all still exist. Returns whether they do.
    pub(crate) async fn advance(&self, jobs: &[Job]) -> Result<bool, Error> {
        let advance = |job: &Job| {
            let cursor = job.cursor.map_or(Change::Remove(CURSOR), |cursor| Change::Set(CURSOR, number(cursor)));
            let kind = Change::Set(KIND, Value::text(kind(&job.task)));
            act(job, vec![Condition::Present], Effect::Update(vec![kind, cursor]))
        };
        match self.tables.transact(jobs.iter().map(advance).collect()).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes finished jobs, at most ten.
    pub(crate) async fn finish(&self, jobs: &[Job]) -> Result<(), Error> {
        Ok(self.tables.transact(jobs.iter().map(|job| act(job, Vec::new(), Effect::Delete)).collect()).await?)
    }

    /// Returns the number of waiting jobs, and the oldest. Costs 16 queries, and more if there are many jobs.
    pub(crate) async fn waiting(&self) -> Result<(u64, Option<Id>), Error> {
        let (mut count, mut oldest) = (0, None::<Id>);
        for shard in (0..=u8::MAX).take(SHARDS.count.into()) {
            let mut after = None;
            loop {
                let page = self.list(shard, after, PAGE).await?;
                count += page.jobs.len() as u64;
                oldest = match (oldest, page.jobs.first().map(|job| job.id)) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok((count, oldest))
    }
}

fn act(job: &Job, conditions: Vec<Condition>, effect: Effect) -> Action {
    Action { table: PLATFORM, key: keys::entry(keys::jobs(job.shard), job.id), conditions, effect }
}

/// Returns the action that stores a job as parked, where it is not run.
fn park(job: &Job) -> Action {
    let mut attributes = encode(&job.task);
    attributes.insert(ATTEMPTS.into(), Value::Number(job.attempts.into()));
    attributes.extend(job.cursor.map(|cursor| (CURSOR.into(), number(cursor))));
    attributes.extend(job.why.as_ref().map(|why| (WHY.into(), Value::text(why))));
    let key = keys::entry(keys::parked_jobs(job.shard), job.id);
    Action { table: PLATFORM, key, conditions: Vec::new(), effect: Effect::Put(attributes) }
}

fn kind(task: &Task) -> &'static str {
    match task {
        Task::Push(_) => "push",
        Task::Turn(_) => "turn",
        Task::Retract(_) => "retract",
        Task::Forget(_) => "forget",
        Task::Welcome { .. } => "welcome",
        Task::Part { .. } => "part",
        Task::Sever { .. } => "sever",
    }
}

fn encode(task: &Task) -> Attributes {
    let text = |name: &Username| Value::text(name.as_str());
    let mut attributes = match task {
        Task::Push(entry) | Task::Turn(entry) | Task::Retract(entry) | Task::Forget(entry) => {
            let mut attributes = entries::encode(entry);
            attributes.insert(POST.into(), number(entry.id));
            attributes
        }
        Task::Welcome { reader, author, since } => Attributes::from_iter([
            (READER.into(), text(reader)),
            (entries::AUTHOR.into(), text(author)),
            (SINCE.into(), number(*since)),
        ]),
        Task::Part { reader: one, author: other } | Task::Sever { one, other } => {
            Attributes::from_iter([(READER.into(), text(one)), (entries::AUTHOR.into(), text(other))])
        }
    };
    attributes.insert(KIND.into(), Value::text(kind(task)));
    attributes
}

fn decode(shard: u8, item: &Item) -> Result<Job, StoreError> {
    let attributes = &item.attributes;
    let id = |name: &str| {
        Id::new(Reader(attributes).number(name)?).ok_or_else(|| StoreError::Corrupt(format!("{name} is no id")))
    };
    let author = || entries::name(attributes, entries::AUTHOR);
    let reader = || entries::name(attributes, READER);
    let entry =
        || Ok::<_, StoreError>(Entry { id: id(POST)?, author: author()?, original: entries::original(attributes)? });
    let task = match Reader(attributes).text(KIND)? {
        "push" => Task::Push(entry()?),
        "turn" => Task::Turn(entry()?),
        "retract" => Task::Retract(entry()?),
        "forget" => Task::Forget(entry()?),
        "welcome" => Task::Welcome { reader: reader()?, author: author()?, since: id(SINCE)? },
        "part" => Task::Part { reader: reader()?, author: author()? },
        "sever" => Task::Sever { one: reader()?, other: author()? },
        other => return Err(StoreError::Corrupt(format!("no kind of job: {other}"))),
    };
    let cursor = attributes.contains_key(CURSOR).then(|| id(CURSOR)).transpose()?;
    let count = |name| attributes.contains_key(name).then(|| Reader(attributes).number(name)).transpose();
    let attempts = u32::try_from(count(ATTEMPTS)?.unwrap_or_default()).unwrap_or(u32::MAX);
    let not_before = count(NOT_BEFORE)?.map(Timestamp::from_millis);
    let why = Reader(attributes).optional_text(WHY)?;
    Ok(Job { id: entries::id(item)?, shard, task, cursor, attempts, not_before, why })
}
