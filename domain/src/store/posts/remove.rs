use super::add::counted;
use super::codec::{COMMENTS, REPOSTS, entry};
use super::{PostStore, act};
use crate::accounts::Event;
use crate::posts::Post;
use crate::store::entries::Entry;
use crate::store::graph::count;
use crate::store::jobs::Task;
use crate::store::profiles::POSTS;
use crate::store::table::{Action, Condition, Effect, Key, StoreError, Table};
use crate::store::{acts, keys};
use crate::{Error, Id};

/// How often a deletion is tried when what it belongs to goes meanwhile.
const ATTEMPTS: usize = 4;

impl PostStore {
    /// Deletes a post: nobody sees it from now on. A job takes away what belongs to it. Answers whether it was there.
    pub(crate) async fn remove(&self, post: &Post, job: Id, event: Option<&Event>) -> Result<bool, Error> {
        for _ in 0..ATTEMPTS {
            let mut actions = vec![
                act(keys::post(post.id), vec![Condition::Present], Effect::Delete),
                count(&post.author, POSTS, -1),
            ];
            if let Some(commented) = post.reply_to {
                actions.push(self.jobs.put(job, &Task::Forget(entry(post))));
                actions.push(gone(Table::Posts, keys::entry(keys::commented(&post.author), post.id)));
                actions.push(gone(Table::Posts, keys::entry(keys::comments(commented), post.id)));
            } else {
                actions.push(self.jobs.put(job, &Task::Retract(entry(post))));
                actions.push(gone(Table::Posts, keys::entry(keys::authored(&post.author), post.id)));
                actions.push(gone(Table::Timelines, keys::entry(keys::home(&post.author), post.id)));
                let public = keys::public(&keys::public_part(post.id));
                actions.push(gone(Table::Timelines, keys::entry(public, post.id)));
            }
            if let Some(original) = post.repost_of {
                actions.push(gone(Table::Posts, keys::fan(keys::reposters(original), &post.author)));
            }
            actions.extend(event.map(|event| acts::record(&post.author, event)));
            let parent = post.reply_to.or(post.repost_of);
            let parent = match parent {
                Some(parent) => self.get(parent).await?.map(|parent| parent.id),
                None => None,
            };
            if let Some(parent) = parent {
                let what = if post.reply_to.is_some() { COMMENTS } else { REPOSTS };
                actions.push(act(keys::post(parent), vec![Condition::Present], counted(what, -1)));
            }
            match self.tables.transact(actions).await {
                Ok(()) => {
                    self.jobs.ring();
                    return Ok(true);
                }
                Err(StoreError::ConditionFailed(places)) if places.contains(&0) => return Ok(false),
                // What it belonged to went meanwhile.
                Err(StoreError::ConditionFailed(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Overloaded)
    }

    /// Takes the entry of a post that is not there off its author's lists.
    pub(crate) async fn forget_entry(&self, entry: &Entry) -> Result<(), Error> {
        let lists = [keys::authored(&entry.author), keys::commented(&entry.author)];
        let actions = lists.map(|list| gone(Table::Posts, keys::entry(list, entry.id)));
        Ok(self.tables.transact(actions.into()).await?)
    }
}

fn gone(table: Table, key: Key) -> Action {
    Action { table, key, conditions: Vec::new(), effect: Effect::Delete }
}
