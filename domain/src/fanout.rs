//! Fan-out: what follows from posts, follows and deletions, and takes longer than a request should.
//!
//! Each job stands in a queue in the store, put there in the transaction of its cause, and is taken off when it is done;
//! one that goes through a list notes how far it is. Whatever is done twice harms nothing. So a job can be broken off at
//! any point and be gone on with by whoever holds the shard that it stands in.

mod job_runner;
mod people;
mod posts;

use std::sync::Arc;
use std::time::Duration;

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

/// How many followers are read at once.
const PAGE: usize = 1_000;
/// How many batches of one job are on their way at a time.
const WIDTH: usize = 16;
/// How many jobs are done together at most: of so many at once, a transaction notes how far they are.
const TOGETHER: usize = 8;
/// How often a call is tried.
const ATTEMPTS: u32 = 5;
/// How long the second attempt waits; each later one waits twice as long.
const PAUSE: Duration = Duration::from_millis(40);

/// Does jobs.
#[derive(Debug, Clone)]
pub(crate) struct FanOut {
    stores: Stores,
    ids: Arc<IdGenerator>,
    /// Authors with so many followers are pulled.
    threshold: u64,
    clock: Clock,
}

impl FanOut {
    pub(crate) fn new(stores: Stores, ids: Arc<IdGenerator>, threshold: u64, clock: Clock) -> Self {
        Self { stores, ids, threshold, clock }
    }

    /// What went wrong with jobs in this process.
    pub(crate) fn failures(&self) -> JobFailures {
        self.jobs().failures()
    }

    /// The queue that jobs come from.
    fn jobs(&self) -> &JobStore {
        &self.stores.jobs
    }

    /// Does jobs that go together, from where they were broken off, and takes them off.
    pub(crate) async fn work(&self, mut jobs: Vec<Job>) -> Result<(), Error> {
        let pushed: Vec<_> = jobs.iter().filter_map(Job::pushed).cloned().collect();
        for job in &mut jobs {
            match job.task.clone() {
                // All at once, below.
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

    /// Does all jobs that wait or rest, whoever put them down, and those that come of them. Answers how many those were.
    /// Beside others who do so it harms nothing.
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

    /// Whether an author's posts are pushed.
    pub(crate) async fn is_pushed(&self, author: &Username) -> Result<bool, Error> {
        Ok(self.stores.profiles.reach(author).await?.fan_out == profiles::FanOut::Push)
    }

    /// Brings posts to one home timeline.
    pub(crate) async fn bring(&self, reader: &Username, entries: &[Entry]) -> Result<(), Error> {
        let entries: Vec<_> = entries.iter().map(|entry| (reader, entry)).collect();
        side_by_side(&entries, |batch| self.stores.timelines.bring(batch)).await
    }

    /// Does something to all followers of an author, behind those whom the jobs have dealt with already, page by page. The
    /// next page is read, and how far the jobs were is noted, while one is dealt with. Ends early where somebody else has
    /// finished the job, if it is one.
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
            // How far the jobs were before this page.
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

/// Puts those jobs together that bring posts of one author to the same followers: these are read once then, and each
/// timeline gets all of it at once. The others stay by themselves.
fn together(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut groups: Vec<Vec<Job>> = Vec::new();
    for job in jobs {
        let goes_with = |other: &Job| match (other.pushed(), job.pushed()) {
            // Those that failed are tried one by one: what is wrong with one should not take the others with it.
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

/// Does something with things, 25 at once, several times side by side, each time again where the store is slow.
async fn side_by_side<'a, T, F: Future<Output = Result<(), Error>>>(
    things: &'a [T],
    act: impl Fn(&'a [T]) -> F,
) -> Result<(), Error> {
    let act = &act;
    let calls: Vec<_> = things.chunks(BATCH).map(|batch| again(move || act(batch))).collect();
    stream::iter(calls).buffer_unordered(WIDTH).try_for_each(|()| ready(Ok(()))).await
}

/// Tries a call again where the store is slow or busy; its effect is the same however often it happens.
async fn again<T, F: Future<Output = Result<T, Error>>>(call: impl Fn() -> F) -> Result<T, Error> {
    let mut pause = PAUSE;
    for _ in 1..ATTEMPTS {
        match call().await {
            Err(Error::Overloaded | Error::Timeout) => {}
            ended => return ended,
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    call().await
}
