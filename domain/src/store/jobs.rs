//! Jobs for the timelines, in the table `platform`: put there in the transaction of what makes them necessary, and taken
//! off when they are done. A shard of them is one process's, as long as it holds the lease.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::Notify;

use super::entries::{self, Entry, Part};
use super::items::{Reader, number};
use super::leases::SHARDS;
use super::table::{Action, Attributes, Change, Condition, Effect, Item, StoreError, Table, Value};
use super::{Tables, keys};
use crate::{Error, Id, Username};

const KIND: &str = "kind";
const POST: &str = "post";
const READER: &str = "reader";
const SINCE: &str = "since";
const CURSOR: &str = "cursor";

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// Bring a post to the followers of its author.
    Push(Entry),
    /// Let each follower of an author pull his posts, of whom there are too many to push them. Begins as a push.
    Turn(Entry),
    /// Take a post off the home timelines, and take away what belongs to it.
    Retract(Entry),
    /// Take away what belongs to a deleted comment.
    Forget(Entry),
    /// Bring an author's latest posts to somebody who follows him since then.
    Welcome { reader: Username, author: Username, since: Id },
    /// Take an author's posts off the home timeline of somebody who does not follow him any more, or mutes him.
    Part { reader: Username, author: Username },
    /// See to it that two do not follow each other, one of whom blocked the other.
    Sever { one: Username, other: Username },
}

/// A job: its task, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) id: Id,
    pub(crate) shard: u8,
    pub(crate) task: Task,
    /// What of a list was dealt with, for tasks that go through one.
    pub(crate) cursor: Option<Id>,
}

impl Job {
    /// What is to be brought to followers, if that is the task.
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
    desk: Arc<Desk>,
}

#[derive(Debug, Default)]
struct Desk {
    /// The shard that this process's jobs go to; its own, where it works.
    shard: AtomicU8,
    bell: Notify,
}

impl JobStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables, desk: Arc::default() }
    }

    /// The same queue, for what is done beside the requests.
    pub(crate) fn aside(&self, tables: Tables) -> Self {
        Self { tables, desk: Arc::clone(&self.desk) }
    }

    /// From now on, jobs of this process go to this shard.
    pub(crate) fn sit(&self, shard: u8) {
        self.desk.shard.store(shard, Ordering::Relaxed);
    }

    /// Back when this process has put a job down, at once where it has since the last time.
    pub(crate) async fn bell(&self) {
        self.desk.bell.notified().await;
    }

    /// Tells this process's worker that a job has been put down.
    pub(crate) fn ring(&self) {
        self.desk.bell.notify_one();
    }

    /// Puts a job down.
    pub(crate) fn put(&self, id: Id, task: &Task) -> Action {
        let shard = self.desk.shard.load(Ordering::Relaxed);
        Action {
            table: Table::Platform,
            key: keys::entry(keys::jobs(shard), id),
            conditions: vec![Condition::Absent],
            effect: Effect::Put(encode(task)),
        }
    }

    /// The oldest jobs of a shard, behind an id.
    pub(crate) async fn list(&self, shard: u8, after: Option<Id>, count: usize) -> Result<Vec<Job>, Error> {
        let part = Part::oldest(Table::Platform, keys::jobs(shard), after, count);
        let jobs = part.read(&self.tables).await?.into_iter().map(|item| decode(shard, &item));
        Ok(jobs.collect::<Result<_, _>>()?)
    }

    /// Notes how far jobs are, at most ten, and what they are now, if all are still there. Answers whether they are.
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

    /// Takes jobs off, at most ten.
    pub(crate) async fn finish(&self, jobs: &[Job]) -> Result<(), Error> {
        Ok(self.tables.transact(jobs.iter().map(|job| act(job, Vec::new(), Effect::Delete)).collect()).await?)
    }

    /// How many jobs wait, and the oldest of them. Costs 16 queries, and more where there are many.
    pub(crate) async fn waiting(&self) -> Result<(u64, Option<Id>), Error> {
        let (mut count, mut oldest) = (0, None::<Id>);
        for shard in (0..=u8::MAX).take(SHARDS.count.into()) {
            let mut after = None;
            loop {
                let jobs = self.list(shard, after, 1_000).await?;
                count += jobs.len() as u64;
                let first = jobs.first().map(|job| job.id).filter(|_| after.is_none());
                oldest = match (oldest, first) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
                after = jobs.last().map(|job| job.id);
                if jobs.len() < 1_000 {
                    break;
                }
            }
        }
        Ok((count, oldest))
    }
}

fn act(job: &Job, conditions: Vec<Condition>, effect: Effect) -> Action {
    Action { table: Table::Platform, key: keys::entry(keys::jobs(job.shard), job.id), conditions, effect }
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
    let entry = || Ok(Entry { id: id(POST)?, author: author()?, original: entries::original(attributes)? });
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
    Ok(Job { id: entries::id(item)?, shard, task, cursor })
}
