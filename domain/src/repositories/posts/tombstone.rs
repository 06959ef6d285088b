//! Tombstones of deleted posts that have comments, so that the comments can still be found.
//!
//! A tombstone has no author or text. It only has the number of comments on the post, and the post that it commented
//! on. Its entry in the list of comments has no author either, and counts as a comment until it is deleted.

use super::codec::{COMMENTS, REPLY_TO};
use super::{PostStore, act};
use crate::model::post::Post;
use crate::repositories::entries::{self, Entry, Part};
use crate::repositories::items::{Reader, number};
use crate::repositories::keys;
use crate::{Error, Id};
use item_store::api::{Action, Attributes, Change, Condition, Effect, StoreError, Value};
use twclone_schema::POSTS;

/// Marks the entry of a deleted comment.
const DELETED: &str = "deleted";
/// Maximum number of actions in a transaction, as the oldest servers accept it.
const ACTIONS: usize = 10;

/// A tombstone.
struct Tombstone {
    comments: i64,
    reply_to: Option<Id>,
}

impl PostStore {
    /// Returns the comments on a post after an id, oldest first, with `None` for deleted ones that have comments.
    /// Costs a query.
    pub(crate) async fn comments(
        &self,
        post: Id,
        after: Option<Id>,
        count: usize,
    ) -> Result<Vec<(Id, Option<Entry>)>, Error> {
        self.replies(Part::oldest(POSTS, keys::comments(post), after, count)).await
    }

    /// Returns the newest comments on a post that are not deleted. Costs a query.
    pub(crate) async fn latest_comments(&self, post: Id, count: usize) -> Result<Vec<Entry>, Error> {
        // Some may be deleted.
        let part = Part::newest(POSTS, keys::comments(post), None, 4 * count);
        Ok(self.replies(part).await?.into_iter().filter_map(|(_, entry)| entry).take(count).collect())
    }

    async fn replies(&self, part: Part) -> Result<Vec<(Id, Option<Entry>)>, Error> {
        let entries = part.read(&self.tables).await?.into_iter().map(|item| {
            let is_deleted = item.attributes.contains_key(DELETED);
            Ok((entries::id(&item)?, if is_deleted { None } else { Some(entries::decode(&item)?) }))
        });
        Ok(entries.collect::<Result<_, StoreError>>()?)
    }

    /// Returns whether a post is deleted and has comments. Costs a read.
    pub(crate) async fn is_tombstone(&self, post: Id) -> Result<bool, Error> {
        Ok(self.tombstone(post).await?.is_some())
    }

    async fn tombstone(&self, post: Id) -> Result<Option<Tombstone>, Error> {
        let Some(item) = self.tables.get(POSTS, keys::tombstone(post)).await? else { return Ok(None) };
        let reader = Reader(&item.attributes);
        let reply_to = if item.attributes.contains_key(REPLY_TO) { Id::new(reader.number(REPLY_TO)?) } else { None };
        Ok(Some(Tombstone { comments: reader.number(COMMENTS)?, reply_to }))
    }

    /// Adds the actions that count one comment less on a post. If it was the last comment below a tombstone, the
    /// tombstone is deleted, too, and so on upwards. If the transaction has no room for that, returns the tombstone
    /// that is left for [`PostStore::prune`].
    pub(super) async fn uncount(&self, mut post: Id, actions: &mut Vec<Action>) -> Result<Option<Id>, Error> {
        loop {
            if self.get(post).await?.is_some() {
                let less = super::add::counted(COMMENTS, -1);
                actions.push(act(keys::post(post), vec![Condition::Present], less));
                return Ok(None);
            }
            let Some(Tombstone { comments, reply_to }) = self.tombstone(post).await? else { return Ok(None) };
            let known = vec![Condition::Equals(COMMENTS, Value::Number(comments))];
            let has_room = actions.len() + 3 <= ACTIONS;
            if comments > 1 || !has_room {
                let less = Effect::Update(vec![Change::Add(COMMENTS, -1)]);
                actions.push(act(keys::tombstone(post), known, less));
                return Ok((comments <= 1).then_some(post));
            }
            actions.push(act(keys::tombstone(post), known, Effect::Delete));
            let Some(parent) = reply_to else { return Ok(None) };
            actions.push(act(keys::entry(keys::comments(parent), post), Vec::new(), Effect::Delete));
            post = parent;
        }
    }

    /// Deletes a tombstone without comments, and tombstones above it that have none then. If another process does so
    /// at the same time, leaves it to that one.
    pub(super) async fn prune(&self, mut empty: Option<Id>) -> Result<(), Error> {
        while let Some(post) = empty {
            let Some(tombstone) = self.tombstone(post).await?.filter(|tombstone| tombstone.comments < 1) else {
                return Ok(());
            };
            let known = vec![Condition::Equals(COMMENTS, Value::Number(tombstone.comments))];
            let mut actions = vec![act(keys::tombstone(post), known, Effect::Delete)];
            empty = None;
            if let Some(parent) = tombstone.reply_to {
                actions.push(act(keys::entry(keys::comments(parent), post), Vec::new(), Effect::Delete));
                empty = self.uncount(parent, &mut actions).await?;
            }
            match self.tables.transact(actions).await {
                Ok(()) => {}
                // Something above has changed. Start again from the same tombstone.
                Err(StoreError::ConditionFailed(places)) if !places.contains(&0) => empty = Some(post),
                Err(StoreError::ConditionFailed(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Returns the actions that replace a post with comments by a tombstone, and mark its entry among the comments on
/// another post.
pub(super) fn bury(post: &Post) -> Vec<Action> {
    let comments = i64::try_from(post.comments).unwrap_or(i64::MAX);
    let mut stone = Attributes::from_iter([(COMMENTS.into(), Value::Number(comments))]);
    let mut actions = Vec::with_capacity(2);
    if let Some(commented) = post.reply_to {
        stone.insert(REPLY_TO.into(), number(commented));
        let mark = Attributes::from_iter([(DELETED.into(), Value::Flag(true))]);
        actions.push(act(keys::entry(keys::comments(commented), post.id), Vec::new(), Effect::Put(mark)));
    }
    actions.push(act(keys::tombstone(post.id), Vec::new(), Effect::Put(stone)));
    actions
}
