use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;

use super::{Post, Posts};
use crate::accounts::AccountState;
use crate::repositories::identity::IdentityStore;
use crate::repositories::posts::add::Added;
use crate::repositories::posts::like::Liked;
use crate::repositories::posts::{Companions, PostStore};
use crate::seed::Loaded;
use crate::{Error, Id, IdGenerator, Username};

impl Posts {
    /// Returns a loader of posts and likes, which can be used by many tasks concurrently.
    pub(crate) fn loader(&self) -> Loader {
        Loader { store: self.store.clone(), accounts: Arc::clone(&self.accounts.store), ids: Arc::clone(&self.ids) }
    }
}

/// Adds posts and likes without checking permissions.
#[derive(Debug, Clone)]
pub(crate) struct Loader {
    store: PostStore,
    accounts: Arc<IdentityStore>,
    ids: Arc<IdGenerator>,
}

impl Loader {
    /// Returns the posts that exist, in no particular order.
    pub(crate) async fn get_many(&self, posts: &[Id]) -> Result<Vec<Post>, Error> {
        self.store.get_many(posts).await
    }

    /// Adds a post that did not exist when it was looked for.
    ///
    /// # Errors
    /// `Conflict` if another process adds it at the same time.
    pub(crate) async fn add(&self, post: &Post) -> Result<Loaded, Error> {
        // Ids of seed data contain no time, but the id of a job tells since when it waits.
        let with = Companions { job: Some(self.ids.next().await?), ..Companions::default() };
        let added = match self.store.add(post, &with).await {
            Ok(Added::New) => return Ok(Loaded::Created),
            Err(error) if !matches!(error, Error::Conflict(_)) => return Err(error),
            added => added,
        };
        // An attempt without a response may have succeeded.
        if let Some(found) = self.store.get(post.id).await? {
            return Ok(if same(&found, post) { Loaded::Created } else { taken(post.id) });
        }
        added.map(|added| match (added, post.reply_to.or(post.repost_of)) {
            (Added::AuthorGone, _) => Loaded::Refused(format!("the account {} was deleted", post.author)),
            (Added::Again, Some(original)) => {
                Loaded::Refused(format!("{} has already reposted {original}", post.author))
            }
            (_, Some(parent)) => Loaded::Refused(format!("the post {parent} no longer exists")),
            (_, None) => Loaded::Created,
        })
    }

    /// Adds a like to a post.
    pub(crate) async fn like(&self, post: Id, who: &Username) -> Result<Loaded, Error> {
        Ok(match self.store.like(post, who, None).await? {
            Liked::Changed => Loaded::Created,
            Liked::Same => Loaded::Unchanged,
            Liked::Gone => Loaded::Refused(format!("the post {post} no longer exists")),
            Liked::FanGone => Loaded::Refused(format!("the account {who} was deleted")),
        })
    }

    /// Returns the keys of the names whose accounts are deleted: their lists must get no new entries.
    pub(crate) async fn deleted(&self, mut names: Vec<Username>) -> Result<Vec<CompactString>, Error> {
        names.sort_by_key(Username::key);
        names.dedup();
        let states: HashMap<_, _> = self.accounts.states(names).await?;
        let deleted = states.into_iter().filter(|(_, state)| *state == AccountState::Deleted);
        Ok(deleted.map(|(name, _)| name).collect())
    }
}

/// Returns the result of loading a post whose id exists already.
pub(crate) fn compare(found: &Post, wanted: &Post) -> Loaded {
    if same(found, wanted) { Loaded::Unchanged } else { taken(wanted.id) }
}

/// Returns whether two posts are the same, ignoring later changes.
fn same(found: &Post, wanted: &Post) -> bool {
    let text = if found.revision > 0 { wanted.text.clone() } else { found.text.clone() };
    let Post { edited_at, likes, reposts, comments, revision, .. } = *wanted;
    let found = Post { text, edited_at, likes, reposts, comments, revision, ..found.clone() };
    found == *wanted
}

fn taken(post: Id) -> Loaded {
    Loaded::Refused(format!("another post has the id {post}"))
}
