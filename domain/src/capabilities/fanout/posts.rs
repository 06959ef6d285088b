use std::slice;

use super::{FanOut, again, side_by_side};
use crate::repositories::entries::Entry;
use crate::repositories::graph::Follower;
use crate::repositories::jobs::{Job, Task};
use crate::repositories::profiles;
use crate::timelines::LENGTH;
use crate::{Error, Id, Username};

/// One in this many pushed posts also trims the timeline that it is pushed to.
const TRIMMED: i64 = 512;
/// Number of reposts of a deleted post that are deleted at a time.
const REPOSTS: usize = 25;

impl FanOut {
    /// Pushes posts to the followers of their author. If there are too many followers now, switches them to pulling.
    pub(super) async fn push(&self, jobs: &mut [Job], entries: &[Entry]) -> Result<(), Error> {
        let Some((entry, later)) = entries.split_first() else { return Ok(()) };
        let author = &entry.author;
        let reach = again(|| self.stores.profiles.reach(author)).await?;
        match reach.fan_out {
            profiles::FanOut::Push if reach.followers >= self.threshold => {
                let Some((job, jobs)) = jobs.split_first_mut() else { return Ok(()) };
                self.become_another(job, Task::Turn(entry.clone())).await?;
                self.turn(job, entry).await?;
                return Box::pin(self.push(jobs, later)).await;
            }
            profiles::FanOut::Pull if reach.followers >= self.threshold / 2 => return Ok(()),
            // Followers who pull continue to do so, and see everything either way.
            profiles::FanOut::Pull => again(|| self.stores.profiles.begin_push(author)).await?,
            profiles::FanOut::Push | profiles::FanOut::Turning => {}
        }
        self.each_page(jobs, author, |page| self.push_page(page, entries)).await?;
        // The post may have been deleted meanwhile, and the job that removes it may have run too early.
        let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
        let left = again(|| self.stores.posts.get_many(&ids)).await?;
        for (job, entry) in jobs.iter_mut().zip(entries) {
            if left.iter().all(|post| post.id != entry.id) {
                self.become_another(job, Task::Retract(entry.clone())).await?;
                self.retract(job, entry).await?;
            }
        }
        Ok(())
    }

    /// Restarts a job with another task.
    async fn become_another(&self, job: &mut Job, task: Task) -> Result<(), Error> {
        job.task = task;
        job.cursor = None;
        again(|| self.stores.jobs.advance(slice::from_ref(job))).await.map(drop)
    }

    async fn push_page(&self, page: Vec<Follower>, entries: &[Entry]) -> Result<(), Error> {
        let loud: Vec<_> = page.iter().filter(|follower| !follower.quiet).collect();
        let brought = loud.iter().flat_map(|follower| entries.iter().map(|entry| (&follower.name, entry)));
        side_by_side(&brought.collect::<Vec<_>>(), |batch| self.stores.timelines.bring(batch)).await?;
        for follower in loud {
            if entries.iter().any(|entry| is_trimmed(follower, entry.id)) {
                again(|| self.stores.timelines.trim(&follower.name, LENGTH)).await?;
            }
        }
        Ok(())
    }

    /// Switches each follower of an author to pulling. Until all are switched, posts are still pushed.
    pub(super) async fn turn(&self, job: &mut Job, entry: &Entry) -> Result<(), Error> {
        let (author, since) = (&entry.author, job.id);
        match again(|| self.stores.profiles.begin_turn(author, job)).await? {
            profiles::Turning::Again => {}
            profiles::Turning::Over => return Ok(()),
            // Followers who were switched before may have been switched back since.
            profiles::Turning::New => job.cursor = None,
        }
        self.each_page(slice::from_mut(job), author, |page| self.tell_page(page, author, since)).await?;
        again(|| self.stores.profiles.end_turn(author, job)).await
    }

    async fn tell_page(&self, page: Vec<Follower>, author: &Username, since: Id) -> Result<(), Error> {
        let names: Vec<_> = page.into_iter().map(|follower| follower.name).collect();
        side_by_side(&names, |batch| self.stores.timelines.let_pull(batch, author, since)).await
    }

    /// Removes a deleted post from the home timelines, and deletes what belongs to it.
    pub(super) async fn retract(&self, job: &mut Job, entry: &Entry) -> Result<(), Error> {
        let reach = again(|| self.stores.profiles.reach(&entry.author)).await?;
        // Entries that were pushed earlier are not shown, and disappear when the timelines are trimmed.
        if reach.fan_out != profiles::FanOut::Pull {
            self.each_page(slice::from_mut(job), &entry.author, |page| self.take_off_page(page, entry.id)).await?;
        }
        self.forget(entry.id).await
    }

    async fn take_off_page(&self, page: Vec<Follower>, post: Id) -> Result<(), Error> {
        let names: Vec<_> = page.into_iter().map(|follower| follower.name).collect();
        side_by_side(&names, |batch| self.stores.timelines.take_off(batch, post)).await
    }

    /// Deletes what belongs to a deleted post: likes, former texts, reposts.
    pub(super) async fn forget(&self, post: Id) -> Result<(), Error> {
        while again(|| self.stores.posts.forget_some(post)).await? {}
        loop {
            let reposts = again(|| self.stores.posts.reposts(post, REPOSTS)).await?;
            if reposts.is_empty() {
                return Ok(());
            }
            for (who, repost) in reposts {
                if let Some(repost) = again(|| self.stores.posts.get(repost)).await? {
                    let id = self.ids.next().await?;
                    again(|| self.stores.posts.remove(&repost, id, None)).await?;
                }
                again(|| self.stores.posts.forget_repost(post, &who)).await?;
            }
        }
    }
}

/// Pseudorandom, but the same for each attempt.
fn is_trimmed(follower: &Follower, post: Id) -> bool {
    ((post.number() >> 16) + (follower.since.number() >> 16)) % TRIMMED == 0
}
