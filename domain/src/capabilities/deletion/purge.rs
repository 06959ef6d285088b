use std::sync::Arc;

use futures_util::future::try_join_all;

use crate::model::restriction::Restriction;
use crate::repositories::Stores;
use crate::repositories::graph::{People, RelationChange};
use crate::repositories::posts::like::Liked;
use crate::{Error, Id, IdGenerator, Username};

/// Number of items that are removed concurrently.
const BITE: usize = 25;

/// Removes what a deleted account leaves behind.
#[derive(Debug, Clone)]
pub(crate) struct AccountPurge {
    stores: Stores,
    ids: Arc<IdGenerator>,
}

/// The result of one step of a removal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Removed {
    pub(super) things: u64,
    /// Whether nothing was left to remove.
    pub(super) nothing_left: bool,
}

impl AccountPurge {
    pub(crate) fn new(stores: Stores, ids: Arc<IdGenerator>) -> Self {
        Self { stores, ids }
    }

    /// Returns whether the account is fenced. Costs a read.
    pub(super) async fn is_fenced(&self, name: &Username) -> Result<bool, Error> {
        self.stores.fences.is_raised(name).await
    }

    /// Fences the account: from now on, writes to it or in its name are rejected.
    pub(super) async fn fence(&self, name: &Username) -> Result<(), Error> {
        self.stores.fences.raise(name).await
    }

    /// Removes the mark of the fence, so that the whole fence is raised again.
    pub(super) async fn unfence(&self, name: &Username) -> Result<(), Error> {
        self.stores.fences.lower(name).await
    }

    /// Removes one batch of what an account left. The account's own lists show what is left, so it can be repeated
    /// safely.
    pub(super) async fn remove_some(&self, name: &Username) -> Result<Removed, Error> {
        let removed = self.stores.messages.remove_some(name).await?;
        if !removed.nothing_left {
            return Ok(Removed { things: removed.messages, nothing_left: false });
        }
        let things = match self.posts(name).await? {
            0 => match self.likes(name).await? {
                0 => match self.people(name).await? {
                    0 => match self.stores.shop.empty_some(name, BITE).await? {
                        0 => u64::from(self.stores.timelines.forget_some(name).await?),
                        lines => lines,
                    },
                    people => people,
                },
                likes => likes,
            },
            posts => posts,
        };
        Ok(Removed { things, nothing_left: things == 0 })
    }

    async fn posts(&self, name: &Username) -> Result<u64, Error> {
        let mut entries = self.stores.posts.authored(name, None, BITE).await?;
        if entries.is_empty() {
            entries = self.stores.posts.commented(name, BITE).await?;
        }
        let removing = entries.iter().map(async |entry| match self.stores.posts.get(entry.id).await? {
            Some(post) => self.stores.posts.remove(&post, self.ids.next().await?, None).await.map(drop),
            None => self.stores.posts.forget_entry(entry).await,
        });
        try_join_all(removing).await?;
        Ok(entries.len() as u64)
    }

    async fn likes(&self, name: &Username) -> Result<u64, Error> {
        let liked = self.stores.posts.liked(name, BITE).await?;
        let removing = liked.iter().map(async |post| match self.stores.posts.unlike(*post, name, None).await? {
            Liked::Changed => Ok(()),
            Liked::Same | Liked::Gone | Liked::FanGone => self.stores.posts.forget_like(*post, name).await,
        });
        try_join_all(removing).await?;
        Ok(liked.len() as u64)
    }

    /// Removes relations one after the other, because each changes the account's own counters.
    async fn people(&self, name: &Username) -> Result<u64, Error> {
        for list in [People::Following, People::Followers, People::Blocks, People::Mutes] {
            let people = self.stores.graph.people(list, name, None, BITE).await?;
            for (since, other) in &people {
                if !self.leave(list, name, other, self.ids.next().await?).await? {
                    self.stores.graph.strike(list, name, *since).await?;
                }
            }
            if !people.is_empty() {
                return Ok(people.len() as u64);
            }
        }
        Ok(0)
    }

    async fn leave(&self, list: People, name: &Username, other: &Username, id: Id) -> Result<bool, Error> {
        let change = |one, other| RelationChange { one, other, id, event: None };
        match list {
            People::Following => self.stores.graph.unfollow(change(name, other)).await,
            People::Followers => self.stores.graph.unfollow(change(other, name)).await,
            People::Blocks => self.stores.graph.lift(Restriction::Block, change(name, other)).await,
            People::Mutes => self.stores.graph.lift(Restriction::Mute, change(name, other)).await,
        }
    }
}

/// Returns the kinds of content that are left of an account.
pub(crate) async fn left(stores: &Stores, name: &Username) -> Result<Vec<&'static str>, Error> {
    let mut kinds = Vec::new();
    let mut add = |kind, is_left| kinds.extend(Some(kind).filter(|_| is_left));
    add("messages", stores.messages.has_some(name).await?);
    add("posts", !stores.posts.authored(name, None, 1).await?.is_empty());
    add("comments", !stores.posts.commented(name, 1).await?.is_empty());
    add("likes", !stores.posts.liked(name, 1).await?.is_empty());
    for (kind, list) in [
        ("followed accounts", People::Following),
        ("followers", People::Followers),
        ("blocks", People::Blocks),
        ("mutes", People::Mutes),
    ] {
        add(kind, !stores.graph.people(list, name, None, 1).await?.is_empty());
    }
    add("a cart", !stores.shop.lines(name, None, 1).await?.is_empty());
    add("a home timeline", stores.timelines.has_some(name).await?);
    Ok(kinds)
}
