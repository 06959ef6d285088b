use std::collections::HashSet;

use super::{FanOut, again};
use crate::repositories::profiles;
use crate::repositories::timelines::Parting;
use crate::timelines::LENGTH;
use crate::{Error, Id, Username};

/// How often an author's posts are read anew, who posts all the time, before a job rests.
const ROUNDS: usize = 16;

impl FanOut {
    /// Brings an author's posts to the home timeline of somebody who follows him, who has pulled them up to now.
    pub(super) async fn welcome(&self, reader: &Username, author: &Username, since: Id) -> Result<(), Error> {
        if !again(|| self.stores.graph.relation(reader, author)).await?.brings_home() {
            return Ok(());
        }
        let mut brought = HashSet::new();
        for _ in 0..ROUNDS {
            // Before the posts are read: nothing that was posted by then is missing among them.
            let reach = again(|| self.stores.profiles.reach(author)).await?;
            if reach.fan_out != profiles::FanOut::Push {
                return Ok(());
            }
            let mut posts = again(|| self.stores.posts.authored(author, None, LENGTH)).await?;
            posts.retain(|post| brought.insert(post.id));
            self.bring(reader, &posts).await?;
            // What he posted since is seen by pulling him alone until it is pushed: it must not vanish meanwhile.
            if again(|| self.stores.timelines.end_pull(reader, author, since, reach.latest)).await? {
                again(|| self.stores.timelines.trim(reader, LENGTH)).await?;
                // Ended meanwhile: what takes them off may have come before.
                return self.part(reader, author).await.map(drop);
            }
        }
        // He goes on being pulled until the job is tried again.
        Err(Error::Overloaded)
    }

    /// Takes an author's posts off the home timeline of somebody who is not to have them there. Answers whether he is not.
    pub(crate) async fn part(&self, reader: &Username, author: &Username) -> Result<bool, Error> {
        let mut after = None;
        loop {
            let relation = again(|| self.stores.graph.relation(reader, author)).await?;
            if relation.brings_home() {
                return Ok(false);
            }
            let part = again(|| self.stores.timelines.part(reader, author, &relation, after)).await?;
            match part {
                Parting::Until(last) => after = Some(last),
                Parting::Finished => return Ok(true),
                Parting::Reunited => after = None,
            }
        }
    }

    /// Sees to it that two do not follow each other, if one still blocks the other.
    pub(super) async fn sever(&self, one: &Username, other: &Username) -> Result<(), Error> {
        for (one, other) in [(one, other), (other, one)] {
            let id = self.ids.next().await?;
            again(|| self.stores.graph.sever(one, other, id)).await?;
        }
        Ok(())
    }
}
