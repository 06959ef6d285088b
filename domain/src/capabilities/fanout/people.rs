use std::collections::HashSet;

use super::{FanOut, again};
use crate::repositories::profiles;
use crate::repositories::timelines::Parting;
use crate::timelines::LENGTH;
use crate::{Error, Id, Username};

/// Number of times that the posts of an author who keeps posting are read, before the job is retried later.
const ROUNDS: usize = 16;

impl FanOut {
    /// Pushes an author's posts to the home timeline of a new follower, who has pulled them until now.
    pub(super) async fn welcome(&self, reader: &Username, author: &Username, since: Id) -> Result<(), Error> {
        if !again(|| self.stores.graph.relation(reader, author)).await?.brings_home() {
            return Ok(());
        }
        let mut brought = HashSet::new();
        for _ in 0..ROUNDS {
            // Read before the posts, so that everything posted by then is among them.
            let reach = again(|| self.stores.profiles.reach(author)).await?;
            if reach.fan_out != profiles::FanOut::Push {
                return Ok(());
            }
            let mut posts = again(|| self.stores.posts.authored(author, None, LENGTH)).await?;
            posts.retain(|post| brought.insert(post.id));
            self.bring(reader, &posts).await?;
            // Newer posts are visible only by pulling until they are pushed. So pulling ends only if there are none.
            if again(|| self.stores.timelines.end_pull(reader, author, since, reach.latest)).await? {
                again(|| self.stores.timelines.trim(reader, LENGTH)).await?;
                // The follow may have ended meanwhile, and the job that removes the posts may have run too early.
                return self.part(reader, author).await.map(drop);
            }
        }
        // The author is pulled until the job is retried.
        Err(Error::Overloaded)
    }

    /// Removes an author's posts from the home timeline of a reader who no longer follows or sees the author. Returns
    /// `false` if the posts belong there again.
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

    /// Ends follows between two accounts in both directions, if one still blocks the other.
    pub(super) async fn sever(&self, one: &Username, other: &Username) -> Result<(), Error> {
        for (one, other) in [(one, other), (other, one)] {
            let id = self.ids.next().await?;
            again(|| self.stores.graph.sever(one, other, id)).await?;
        }
        Ok(())
    }
}
