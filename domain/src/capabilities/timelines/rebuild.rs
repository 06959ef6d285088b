use std::collections::BTreeSet;

use compact_str::CompactString;

use super::{LENGTH, Timelines};
use crate::accounts::Administrator;
use crate::repositories::entries::Entry;
use crate::repositories::graph::People;
use crate::repositories::jobs::FailedJobs;
use crate::{AccountReference, Error, Timestamp, Username};

/// The backlog of fan-out jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// The number of jobs that wait or run.
    pub waiting: u64,
    /// The time since which the oldest of them waits.
    pub oldest: Option<Timestamp>,
}

/// The result of rebuilding a home timeline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// The number of followed authors whose posts belong there.
    pub authors: u64,
    /// The number of entries brought: the account's own posts and those of pushed authors.
    pub entries: u64,
    /// The number of removed entries.
    pub removed: u64,
}

/// Number of followed accounts, or of entries, per read.
const PAGE: usize = 500;

impl Timelines {
    /// Returns the backlog of jobs. Costs 16 queries, and more if there are many jobs.
    pub async fn lag(&self, _: &Administrator) -> Result<Lag, Error> {
        let (waiting, oldest) = self.stores.jobs.waiting().await?;
        Ok(Lag { waiting, oldest: oldest.map(crate::Id::made_at) })
    }

    /// Returns the jobs that failed, and those that cannot be read. Costs 32 queries, and more if there are many.
    pub async fn failed(&self, _: &Administrator) -> Result<FailedJobs, Error> {
        self.stores.jobs.failed().await
    }

    /// Runs all waiting jobs of all processes, for the case that no process runs them. Returns their number.
    ///
    /// # Errors
    /// The error of the first job that fails. This job and those after it stay in the queue.
    pub async fn catch_up(&self, _: &Administrator) -> Result<u64, Error> {
        self.fan_out.catch_up().await
    }

    /// Rebuilds a home timeline from the posts of the followed accounts. Posts are added before others are removed,
    /// so nothing is missing meanwhile if a server runs.
    ///
    /// # Errors
    /// `NotFound` if there is no such account.
    pub async fn rebuild(&self, _: &Administrator, account: &AccountReference) -> Result<Rebuilt, Error> {
        let reader = self.accounts.active(account).await?.profile.name;
        let mut authors: BTreeSet<CompactString> = [reader.key()].into();
        let mut newest = self.stores.posts.authored(&reader, None, LENGTH).await?;
        let mut after = None;
        loop {
            let page = self.stores.graph.people(People::Following, &reader, after, PAGE).await?;
            for (since, author) in &page {
                if !self.stores.graph.relation(&reader, author).await?.brings_home() {
                    continue;
                }
                authors.insert(author.key());
                if self.fan_out.is_pushed(author).await? {
                    newest.extend(self.stores.posts.authored(author, None, LENGTH).await?);
                    newest.sort_by_key(|entry| std::cmp::Reverse(entry.id));
                    newest.truncate(LENGTH);
                } else {
                    self.stores.timelines.let_pull(std::slice::from_ref(&reader), author, *since).await?;
                }
            }
            after = page.last().map(|(id, _)| *id);
            if page.len() < PAGE {
                break;
            }
        }
        self.fan_out.bring(&reader, &newest).await?;
        let removed = self.take_off(&reader, &authors).await?;
        self.stores.timelines.trim(&reader, LENGTH).await?;
        Ok(Rebuilt { authors: authors.len() as u64 - 1, entries: newest.len() as u64, removed })
    }

    /// Removes entries of other authors and of posts that no longer exist.
    async fn take_off(&self, reader: &Username, authors: &BTreeSet<CompactString>) -> Result<u64, Error> {
        let (mut after, mut removed) = (None, 0);
        loop {
            let entries = self.stores.timelines.home(reader, after, PAGE).await?;
            let context = self.stores.posts.read_context(&entries, None).await?;
            for entry in entries.iter().filter(|entry| !context.has(entry.id)) {
                self.stores.timelines.take_off(std::slice::from_ref(reader), entry.id).await?;
                removed += 1;
            }
            let strange = |entry: &&Entry| !authors.contains(&entry.author.key()) && context.has(entry.id);
            let strange: Vec<_> = entries.iter().filter(strange).map(|entry| &entry.author).collect();
            for (place, author) in strange.iter().enumerate() {
                // Not if the reader has followed the author meanwhile.
                if !strange[..place].contains(author) && self.fan_out.part(reader, author).await? {
                    removed += strange.iter().filter(|other| *other == author).count() as u64;
                }
            }
            after = entries.last().map(|entry| entry.id);
            if entries.len() < PAGE {
                return Ok(removed);
            }
        }
    }
}
