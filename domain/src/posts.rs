//! Posts, comments, reposts and likes.

mod edit;
mod like;
mod load;
mod read;
mod write;

use std::sync::Arc;

pub(crate) use load::{Loader, compare};
pub use read::{Fans, Revision};
pub use write::{NewComment, NewPost, NewRepost};

use crate::accounts::{Accounts, AuthorSummary};
use crate::repositories::Stores;
use crate::repositories::kept::KeptStore;
use crate::repositories::posts::PostStore;
use crate::visibility::Visibility;
use crate::{Clock, Id, IdGenerator, PostText};

pub use crate::model::post::Post;

/// A post as a reader sees it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The post.
    pub post: Post,
    /// Who wrote it.
    pub author: Arc<AuthorSummary>,
    /// For a repost, what it shows, and who wrote that.
    pub original: Option<Box<(Post, Arc<AuthorSummary>)>>,
}

impl Shown {
    /// What is liked, reposted and commented on: the original of a repost, or the post itself.
    #[must_use]
    pub fn subject(&self) -> &Post {
        self.original.as_ref().map_or(&self.post, |original| &original.0)
    }

    /// What there is to read.
    #[must_use]
    pub fn text(&self) -> &str {
        self.subject().text.as_ref().map_or("", PostText::as_str)
    }

    /// The same, when nothing else is wanted any more.
    #[must_use]
    pub fn into_text(self) -> String {
        let post = self.original.map_or(self.post, |original| original.0);
        post.text.map(String::from).unwrap_or_default()
    }
}

/// What stands in the list of the comments on a post.
#[derive(Debug, Clone)]
pub enum Comment {
    /// A comment.
    Shown(Box<Shown>),
    /// A deleted one, which is there because of the comments on it.
    Deleted(Id),
}

/// All that can be done with posts.
#[derive(Debug)]
pub struct Posts {
    store: PostStore,
    kept: KeptStore,
    visibility: Visibility,
    accounts: Arc<Accounts>,
    ids: Arc<IdGenerator>,
    clock: Clock,
}

impl Posts {
    pub(crate) fn new(
        stores: &Stores,
        kept: KeptStore,
        visibility: Visibility,
        accounts: &Arc<Accounts>,
        ids: Arc<IdGenerator>,
        clock: Clock,
    ) -> Self {
        Self { store: stores.posts.clone(), kept, visibility, accounts: Arc::clone(accounts), ids, clock }
    }
}
