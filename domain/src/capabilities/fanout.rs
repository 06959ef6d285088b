//! Fan-out: the consequences of posts, follows and deletions that take longer than a request should.
//!
//! Jobs are stored in a queue, written in the transaction that causes them, and removed when they are done. A job
//! that goes through a list stores its cursor. All steps are idempotent. So a job can be interrupted at any point and
//! resumed by the process that holds its shard.

mod job_runner;
mod people;
mod posts;

use std::sync::Arc;

use futures_util::future::{ready, try_join3};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

pub(crate) use job_runner::JobRunner;

use crate::repositories::Stores;
use crate::repositories::entries::Entry;
use crate::repositories::graph::Follower;
use crate::repositories::jobs::{Job, JobFailures, JobStore, Task};
use crate::repositories::leases::SHARDS;
use crate::repositories::profiles;
use crate::repositories::timelines::BATCH;
use crate::{Clock, Error, IdGenerator, Username};
use item_store::retry::BACKGROUND;

/// Number of followers per read.
const PAGE: usize = 1_000;
/// Number of batches of one job that are written concurrently.
const WIDTH: usize = 16;
/// Maximum number of jobs in a group. One transaction stores their cursors.
const TOGETHER: usize = 8;

/// Runs jobs.
#[derive(Debug, Clone)]
pub(crate) struct FanOut {
    stores: Stores,
    ids: Arc<IdGenerator>,
    /// Follower count from which posts are pulled instead of pushed.
    threshold: u64,
    clock: Clock,
}

impl FanOut {
    pub(crate) fn new(stores: Stores, ids: Arc<IdGenerator>, threshold: u64, clock: Clock) -> Self {
        Self { stores, ids, threshold, clock }
    }

    /// Returns the failures of jobs in this process.
    pub(crate) fn failures(&self) -> JobFailures {
        self.jobs().failures()
    }

    /// Returns the queue of jobs.
    fn jobs(&self) -> &JobStore {
        &self.stores.jobs
    }

    /// Runs a group of jobs from their cursors, and removes them from the queue.
    pub(crate) async fn work(&self, mut jobs: Vec<Job>) -> Result<(), Error> {
        let pushed: Vec<_> = jobs.iter().filter_map(Job::pushed).cloned().collect();
        for job in &mut jobs {
            match job.task.clone() {
                // Pushed together, below.
                Task::Push(_) => {}
                Task::Turn(entry) => self.turn(job, &entry).await?,
                Task::Retract(entry) => self.retract(job, &entry).await?,
                Task::Forget(entry) => self.forget(entry.id).await?,
                Task::Welcome { reader, author, since } => self.welcome(&reader, &author, since).await?,
                Task::Part { reader, author } => self.part(&reader, &author).await.map(drop)?,
                Task::Sever { one, other } => self.sever(&one, &other).await?,
            }
        }
        self.push(&mut jobs, &pushed).await?;
        again(|| self.stores.jobs.finish(&jobs)).await
    }

    /// Runs all waiting and postponed jobs of all processes, and the jobs that they cause. Returns their number. Safe
    /// while others do the same.
    pub(crate) async fn catch_up(&self) -> Result<u64, Error> {
        let mut done = 0;
        loop {
            let before = done;
            for shard in (0..=u8::MAX).take(SHARDS.count.into()) {
                for jobs in together(again(|| self.jobs().list(shard, None, PAGE)).await?.jobs) {
                    done += jobs.len() as u64;
                    self.work(jobs).await?;
                }
            }
            if done == before {
                return Ok(done);
            }
        }
    }

    /// Returns whether an author's posts are pushed.
    pub(crate) async fn is_pushed(&self, author: &Username) -> Result<bool, Error> {
        Ok(self.stores.profiles.reach(author).await?.fan_out == profiles::FanOut::Push)
    }

    /// Adds posts to one home timeline.
    pub(crate) async fn bring(&self, reader: &Username, entries: &[Entry]) -> Result<(), Error> {
        let entries: Vec<_> = entries.iter().map(|entry| (reader, entry)).collect();
        side_by_side(&entries, |batch| self.stores.timelines.bring(batch)).await
    }

    /// Applies an action to all followers of an author after the jobs' cursor, page by page. While one page is
    /// processed, the next one is read and the cursor is stored. Ends early if there is only one job and another
    /// process has finished it.
    async fn each_page<F: Future<Output = Result<(), Error>>>(
        &self,
        jobs: &mut [Job],
        author: &Username,
        act: impl Fn(Vec<Follower>) -> F,
    ) -> Result<(), Error> {
        let read = |after| again(move || self.stores.graph.followers(author, after, PAGE));
        let mut page = read(jobs.first().and_then(|job| job.cursor)).await?;
        while let Some(last) = page.last().map(|follower| follower.since) {
            if page.len() < PAGE {
                return act(page).await;
            }
            // Stores the cursor of the previous page.
            let noted = again(|| self.stores.jobs.advance(jobs));
            let ((), following, are_there) = try_join3(act(page), read(Some(last)), noted).await?;
            if !are_there && jobs.len() == 1 {
                return Ok(());
            }
            for job in &mut *jobs {
                job.cursor = Some(last);
            }
            page = following;
        }
        Ok(())
    }
}

/// Groups jobs that push posts of the same author to the same followers. The followers are then read once, and each
/// timeline gets all posts at once. Other jobs stay alone.
fn together(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut groups: Vec<Vec<Job>> = Vec::new();
    for job in jobs {
        let goes_with = |other: &Job| match (other.pushed(), job.pushed()) {
            // Jobs that failed before run alone, so that a bad one does not make the others fail.
            (Some(one), Some(another)) => {
                one.author == another.author && other.cursor == job.cursor && other.attempts == 0 && job.attempts == 0
            }
            _ => false,
        };
        let fits = |group: &&mut Vec<Job>| group.len() < TOGETHER && group.first().is_some_and(goes_with);
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(job),
            None => groups.push(vec![job]),
        }
    }
    groups
}

/// Applies an action to batches of 25, several concurrently, each with retries.
async fn side_by_side<'a, T, F: Future<Output = Result<(), Error>>>(
    things: &'a [T],
    act: impl Fn(&'a [T]) -> F,
) -> Result<(), Error> {
    let act = &act;
    let calls: Vec<_> = things.chunks(BATCH).map(|batch| again(move || act(batch))).collect();
    stream::iter(calls).buffer_unordered(WIDTH).try_for_each(|()| ready(Ok(()))).await
}

/// Retries an idempotent call if the store is slow or overloaded.
async fn again<T, F: Future<Output = Result<T, Error>>>(call: impl Fn() -> F) -> Result<T, Error> {
    BACKGROUND.run(Error::is_busy, |_| call()).await
}
