use std::sync::Arc;
use twclone_schema::POSTS;

use super::codec::{TEXT, decode};
use super::{PostStore, act};
use crate::model::post::Post;
use crate::model::post::Revision;
use crate::repositories::entries::{self, Entry, Part};
use crate::repositories::items::Reader;
use crate::repositories::keys;
use crate::{Error, Id, PostText, Timestamp, Username};
use item_store::api::{Direction, Effect, Item, StoreError, Write};

/// Number of items in a batch get.
const BATCH: usize = 100;

/// A list of the accounts that reacted to a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FanKind {
    /// The accounts that like it.
    Likers,
    /// The accounts that reposted it.
    Reposters,
}

impl PostStore {
    /// Returns the post with this id. Costs a read.
    pub(crate) async fn get(&self, id: Id) -> Result<Option<Post>, Error> {
        let item = self.tables.get(POSTS, keys::post(id)).await?;
        Ok(item.map(|item| decode(&item.attributes)).transpose()?)
    }

    /// Returns those of these posts that exist, in no particular order. Costs a batch get for each 100.
    pub(crate) async fn get_many(&self, ids: &[Id]) -> Result<Vec<Post>, Error> {
        let mut posts = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(BATCH) {
            let keys = chunk.iter().map(|id| keys::post(*id)).collect();
            for item in self.tables.batch_get(POSTS, keys).await? {
                posts.push(decode(&item.attributes)?);
            }
        }
        Ok(posts)
    }

    /// Returns the posts and reposts of an account after an id, newest first. Costs a query.
    pub(crate) async fn authored(
        &self,
        author: &Username,
        after: Option<Id>,
        count: usize,
    ) -> Result<Vec<Entry>, Error> {
        Part::newest(POSTS, keys::authored(author), after, count).entries(&self.tables).await
    }

    /// Returns the comments of an account, newest first. Costs a query.
    pub(crate) async fn commented(&self, author: &Username, count: usize) -> Result<Vec<Entry>, Error> {
        Part::newest(POSTS, keys::commented(author), None, count).entries(&self.tables).await
    }

    /// Returns accounts that like or reposted a post after one of them, in the order of their names. Costs a query.
    pub(crate) async fn fans(
        &self,
        kind: FanKind,
        post: Id,
        after: Option<&Username>,
        count: usize,
    ) -> Result<Vec<Username>, Error> {
        let partition = match kind {
            FanKind::Likers => keys::likers(post),
            FanKind::Reposters => keys::reposters(post),
        };
        let after = after.map(Username::key);
        let part = Part { table: POSTS, partition, direction: Direction::Ascending, after, count };
        let names = part.read(&self.tables).await?.into_iter().map(|item| entries::who(&item.attributes));
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// Returns an account's repost of a post. Costs a read.
    pub(crate) async fn repost_of(&self, post: Id, who: &Username) -> Result<Option<Id>, Error> {
        let item = self.tables.get(POSTS, keys::fan(keys::reposters(post), who)).await?;
        Ok(item.map(|item| Reader(&item.attributes).id()).transpose()?)
    }

    /// Returns the posts that an account likes, newest posts first. Costs a query.
    pub(crate) async fn liked(&self, by: &Username, count: usize) -> Result<Vec<Id>, Error> {
        let items = Part::newest(POSTS, keys::liked(by), None, count).read(&self.tables).await?;
        Ok(items.iter().map(|item| entries::id(item)).collect::<Result<_, _>>()?)
    }

    /// Returns the texts of a post before its edits after a number, oldest first. Costs a query.
    pub(crate) async fn revisions(&self, post: Id, after: Option<u32>, count: usize) -> Result<Vec<Revision>, Error> {
        let part = Part {
            table: POSTS,
            partition: keys::revisions(post),
            direction: Direction::Ascending,
            after: after.map(|number| keys::revision(post, number).sort),
            count,
        };
        let revisions = part.read(&self.tables).await?.into_iter().map(revision);
        Ok(revisions.collect::<Result<_, _>>()?)
    }

    /// Deletes a batch of what belonged to a deleted post: its likes and former texts. Returns whether there was
    /// anything.
    pub(crate) async fn forget_some(&self, post: Id) -> Result<bool, Error> {
        for list in [keys::likers(post), keys::revisions(post)] {
            let part = Part { table: POSTS, partition: list, direction: Direction::Ascending, after: None, count: 12 };
            let items = part.read(&self.tables).await?;
            let mut writes = Vec::new();
            for item in &items {
                if let Ok(who) = entries::who(&item.attributes) {
                    writes.push(Write::Delete(POSTS, keys::entry(keys::liked(&who), post)));
                }
            }
            writes.extend(items.into_iter().map(|item| Write::Delete(POSTS, item.key.clone())));
            if !writes.is_empty() {
                self.tables.batch_write(writes).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns reposts of a post, and their authors. Costs a query.
    pub(crate) async fn reposts(&self, post: Id, count: usize) -> Result<Vec<(Username, Id)>, Error> {
        let partition = keys::reposters(post);
        let part = Part { table: POSTS, partition, direction: Direction::Ascending, after: None, count };
        let reposts = part.read(&self.tables).await?.into_iter();
        let repost = |item: Arc<Item>| Ok((entries::who(&item.attributes)?, Reader(&item.attributes).id()?));
        Ok(reposts.map(repost).collect::<Result<_, StoreError>>()?)
    }

    /// Deletes the entry of a repost from the list of its original.
    pub(crate) async fn forget_repost(&self, post: Id, who: &Username) -> Result<(), Error> {
        let key = keys::fan(keys::reposters(post), who);
        Ok(self.tables.transact(vec![act(key, Vec::new(), Effect::Delete)]).await?)
    }

    /// Deletes an account's like of a post that no longer exists.
    pub(crate) async fn forget_like(&self, post: Id, who: &Username) -> Result<(), Error> {
        let actions = vec![
            act(keys::fan(keys::likers(post), who), Vec::new(), Effect::Delete),
            act(keys::entry(keys::liked(who), post), Vec::new(), Effect::Delete),
        ];
        Ok(self.tables.transact(actions).await?)
    }
}

fn revision(item: Arc<Item>) -> Result<Revision, StoreError> {
    let reader = Reader(&item.attributes);
    let number = u32::from_str_radix(&item.key.sort, 16);
    Ok(Revision {
        number: number.map_err(|_| StoreError::Corrupt("the key of a revision is no number".to_owned()))?,
        text: PostText::stored(reader.text(TEXT)?.to_owned()),
        since: Timestamp::from_millis(reader.number("since")?),
        until: Timestamp::from_millis(reader.number("until")?),
    })
}
