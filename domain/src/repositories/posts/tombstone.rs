//! What stands for a deleted post as long as there are comments on it: so that these can still be found.
//!
//! It has neither an author nor a text, only how many comments stand below it, and on what it was a comment. Its entry
//! in the list of comments loses the author as well, and counts as a comment until it goes.

use super::codec::{COMMENTS, REPLY_TO};
use super::{PostStore, act};
use crate::item_store::api::{Action, Attributes, Change, Condition, Effect, StoreError, Table, Value};
use crate::model::post::Post;
use crate::repositories::entries::{self, Entry, Part};
use crate::repositories::items::{Reader, number};
use crate::repositories::keys;
use crate::{Error, Id};

/// Marks the entry of a deleted comment.
const DELETED: &str = "deleted";
/// How many actions a transaction has at most: what the oldest servers take.
const ACTIONS: usize = 10;

/// What stands for a deleted post.
struct Tombstone {
    comments: i64,
    reply_to: Option<Id>,
}

impl PostStore {
    /// The comments on a post, oldest first, behind an id; `None` where one is deleted and has comments itself. Costs a
    /// query.
    pub(crate) async fn comments(
        &self,
        post: Id,
        after: Option<Id>,
        count: usize,
    ) -> Result<Vec<(Id, Option<Entry>)>, Error> {
        self.replies(Part::oldest(Table::Posts, keys::comments(post), after, count)).await
    }

    /// The newest comments on a post that are not deleted. Costs a query.
    pub(crate) async fn latest_comments(&self, post: Id, count: usize) -> Result<Vec<Entry>, Error> {
        // Some may be deleted.
        let part = Part::newest(Table::Posts, keys::comments(post), None, 4 * count);
        Ok(self.replies(part).await?.into_iter().filter_map(|(_, entry)| entry).take(count).collect())
    }

    async fn replies(&self, part: Part) -> Result<Vec<(Id, Option<Entry>)>, Error> {
        let entries = part.read(&self.tables).await?.into_iter().map(|item| {
            let is_deleted = item.attributes.contains_key(DELETED);
            Ok((entries::id(&item)?, if is_deleted { None } else { Some(entries::decode(&item)?) }))
        });
        Ok(entries.collect::<Result<_, StoreError>>()?)
    }

    /// Whether a post is deleted and has comments. Costs a read.
    pub(crate) async fn is_tombstone(&self, post: Id) -> Result<bool, Error> {
        Ok(self.tombstone(post).await?.is_some())
    }

    async fn tombstone(&self, post: Id) -> Result<Option<Tombstone>, Error> {
        let Some(item) = self.tables.get(Table::Posts, keys::tombstone(post)).await? else { return Ok(None) };
        let reader = Reader(&item.attributes);
        let reply_to = if item.attributes.contains_key(REPLY_TO) { Id::new(reader.number(REPLY_TO)?) } else { None };
        Ok(Some(Tombstone { comments: reader.number(COMMENTS)?, reply_to }))
    }

    /// Counts one comment less on a post. With the last one below a tombstone, that goes as well, and so on upwards.
    /// Answers which tombstone is left for [`PostStore::prune`], where the transaction has no room for more.
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

    /// Takes away a tombstone without comments, and those above it that have none then. Where somebody else does so just
    /// now, it is left to them.
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
                // Something above has changed: from the same place again.
                Err(StoreError::ConditionFailed(places)) if !places.contains(&0) => empty = Some(post),
                Err(StoreError::ConditionFailed(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Puts a tombstone where a post with comments was, and leaves its place among the comments on another.
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
