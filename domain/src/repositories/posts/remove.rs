use super::add::counted;
use super::codec::{COMMENTS, REPOSTS, entry};
use super::tombstone::bury;
use super::{PostStore, act};
use crate::model::event::Event;
use crate::model::post::Post;
use crate::repositories::entries::Entry;
use crate::repositories::graph::count;
use crate::repositories::jobs::Task;
use crate::repositories::profiles::POSTS;
use crate::repositories::{delegate_audit, keys};
use crate::{Error, Id};
use item_store::api::{Action, Condition, Effect, Key, StoreError, Table, Value};
use item_store::retry::RACES;
use twclone_schema::TIMELINES;

impl PostStore {
    /// Deletes a post, which is invisible from then on. A job deletes what belongs to it. If it has comments, a
    /// tombstone leads to them. Returns whether the post existed.
    pub(crate) async fn remove(&self, post: &Post, job: Id, event: Option<&Event>) -> Result<bool, Error> {
        let mut post = post.clone();
        // Without comments, the counter is absent, or 0 after a decrement.
        let mut has_counter = post.comments > 0;
        for _ in 0..RACES {
            let counted_as = if has_counter {
                Condition::Equals(COMMENTS, Value::Number(i64::try_from(post.comments).unwrap_or(i64::MAX)))
            } else {
                Condition::AttributeAbsent(COMMENTS)
            };
            let mut actions = vec![
                act(keys::post(post.id), vec![Condition::Present, counted_as], Effect::Delete),
                count(&post.author, POSTS, -1),
            ];
            if post.reply_to.is_some() {
                actions.push(self.jobs.put(job, &Task::Forget(entry(&post))));
                actions.push(gone(twclone_schema::POSTS, keys::entry(keys::commented(&post.author), post.id)));
            } else {
                actions.push(self.jobs.put(job, &Task::Retract(entry(&post))));
                actions.push(gone(twclone_schema::POSTS, keys::entry(keys::authored(&post.author), post.id)));
                actions.push(gone(TIMELINES, keys::entry(keys::home(&post.author), post.id)));
                let public = keys::public(&keys::public_part(post.id));
                actions.push(gone(TIMELINES, keys::entry(public, post.id)));
            }
            actions.extend(event.map(|event| delegate_audit::record(&post.author, event)));
            if let Some(original) = post.repost_of {
                actions.push(gone(twclone_schema::POSTS, keys::fan(keys::reposters(original), &post.author)));
                if self.get(original).await?.is_some() {
                    actions.push(act(keys::post(original), vec![Condition::Present], counted(REPOSTS, -1)));
                }
            }
            let mut empty = None;
            if post.comments > 0 {
                actions.extend(bury(&post));
            } else if let Some(commented) = post.reply_to {
                actions.push(gone(twclone_schema::POSTS, keys::entry(keys::comments(commented), post.id)));
                empty = self.uncount(commented, &mut actions).await?;
            }
            match self.tables.transact(actions).await {
                Ok(()) => {
                    self.jobs.notify();
                    self.prune(empty).await?;
                    return Ok(true);
                }
                Err(StoreError::ConditionFailed(places)) if places.contains(&0) => {
                    let Some(found) = self.get(post.id).await? else { return Ok(false) };
                    has_counter = found.comments > 0 || (post.comments == 0 && !has_counter);
                    post = found;
                }
                // A post that it refers to was deleted meanwhile.
                Err(StoreError::ConditionFailed(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Overloaded)
    }

    /// Deletes the entry of a post that does not exist from its author's lists.
    pub(crate) async fn forget_entry(&self, entry: &Entry) -> Result<(), Error> {
        let lists = [keys::authored(&entry.author), keys::commented(&entry.author)];
        let actions = lists.map(|list| gone(twclone_schema::POSTS, keys::entry(list, entry.id)));
        Ok(self.tables.transact(actions.into()).await?)
    }
}

fn gone(table: Table, key: Key) -> Action {
    Action { table, key, conditions: Vec::new(), effect: Effect::Delete }
}
