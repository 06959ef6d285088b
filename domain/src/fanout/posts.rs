use super::{FanOut, again, side_by_side};
use crate::store::entries::Entry;
use crate::store::graph::Follower;
use crate::store::jobs::{Job, Task};
use crate::store::profiles;
use crate::timelines::LENGTH;
use crate::{Error, Id, Username};

/// One in so many of what is pushed has the timeline trimmed that it is pushed to.
const TRIMMED: i64 = 256;
/// How many reposts of a deleted post are deleted at a time.
const REPOSTS: usize = 25;

impl FanOut {
    /// Brings a post to the followers of its author; where those have become too many, tells them to pull from now on.
    pub(super) async fn push(&self, job: &mut Job, entry: &Entry) -> Result<(), Error> {
        let author = &entry.author;
        let reach = again(|| self.stores.profiles.reach(author)).await?;
        match reach.fan_out {
            profiles::FanOut::Push if reach.followers >= self.threshold => {
                job.task = Task::Turn(entry.clone());
                job.cursor = None;
                again(|| self.stores.jobs.advance(job)).await?;
                return self.turn(job, entry).await;
            }
            profiles::FanOut::Pull if reach.followers >= self.threshold / 2 => return Ok(()),
            // Those who pull go on with it, and see everything either way.
            profiles::FanOut::Pull => again(|| self.stores.profiles.begin_push(author)).await?,
            profiles::FanOut::Push | profiles::FanOut::Turning => {}
        }
        self.each_page(job, author, |page| self.push_page(page, entry)).await?;
        // Deleted meanwhile: what takes it off may have come before.
        if again(|| self.stores.posts.get(entry.id)).await?.is_none() {
            job.task = Task::Retract(entry.clone());
            job.cursor = None;
            again(|| self.stores.jobs.advance(job)).await?;
            self.retract(job, entry).await?;
        }
        Ok(())
    }

    async fn push_page(&self, page: Vec<Follower>, entry: &Entry) -> Result<(), Error> {
        let (loud, trimmed): (Vec<_>, Vec<_>) = page
            .into_iter()
            .filter(|follower| !follower.quiet)
            .map(|follower| {
                let is_trimmed = is_trimmed(&follower, entry.id);
                (follower.name, is_trimmed)
            })
            .unzip();
        side_by_side(&loud, |readers| self.stores.timelines.push(readers, entry)).await?;
        for (reader, _) in loud.iter().zip(trimmed).filter(|(_, is_trimmed)| *is_trimmed) {
            again(|| self.stores.timelines.trim(reader, LENGTH)).await?;
        }
        Ok(())
    }

    /// Tells each follower of an author to pull his posts. Until all have been told, posts are pushed.
    pub(super) async fn turn(&self, job: &mut Job, entry: &Entry) -> Result<(), Error> {
        let (author, since) = (&entry.author, job.id);
        match again(|| self.stores.profiles.begin_turn(author, job)).await? {
            profiles::Turning::Again => {}
            profiles::Turning::Over => return Ok(()),
            // Whoever was told before may have been told otherwise since.
            profiles::Turning::New => job.cursor = None,
        }
        self.each_page(job, author, |page| self.tell_page(page, author, since)).await?;
        again(|| self.stores.profiles.end_turn(author, job)).await
    }

    async fn tell_page(&self, page: Vec<Follower>, author: &Username, since: Id) -> Result<(), Error> {
        let names: Vec<_> = page.into_iter().map(|follower| follower.name).collect();
        side_by_side(&names, |batch| self.stores.timelines.let_pull(batch, author, since)).await
    }

    /// Takes a deleted post off the home timelines, and takes away what belongs to it.
    pub(super) async fn retract(&self, job: &mut Job, entry: &Entry) -> Result<(), Error> {
        let reach = again(|| self.stores.profiles.reach(&entry.author)).await?;
        // What was pushed before nobody sees, and it goes when the timelines are trimmed.
        if reach.fan_out != profiles::FanOut::Pull {
            self.each_page(job, &entry.author, |page| self.take_off_page(page, entry.id)).await?;
        }
        self.forget(entry.id).await
    }

    async fn take_off_page(&self, page: Vec<Follower>, post: Id) -> Result<(), Error> {
        let names: Vec<_> = page.into_iter().map(|follower| follower.name).collect();
        side_by_side(&names, |batch| self.stores.timelines.take_off(batch, post)).await
    }

    /// Takes away what belongs to a deleted post: likes, former texts, reposts.
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

/// By chance, and yet the same each time.
fn is_trimmed(follower: &Follower, post: Id) -> bool {
    ((post.number() >> 16) + (follower.since.number() >> 16)) % TRIMMED == 0
}
