//! Posts, comments, reposts and likes.

mod edit;
mod like;
mod load;
mod read;
mod write;

use std::sync::Arc;

pub(crate) use load::{Loader, compare};
pub use read::Fans;
pub use write::{NewComment, NewPost, NewRepost};

use crate::accounts::{Accounts, AuthorSummary};
use crate::repositories::Stores;
use crate::repositories::kept::KeptStore;
use crate::repositories::posts::PostStore;
use crate::visibility::Visibility;
use crate::{Clock, Id, IdGenerator, PostText};

pub use crate::model::post::{Post, Revision};

/// A post as a reader sees it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The post.
    pub post: Post,
    /// The author.
    pub author: Arc<AuthorSummary>,
    /// For a repost, the original and its author.
    pub original: Option<Box<(Post, Arc<AuthorSummary>)>>,
}

impl Shown {
    /// Returns the post that likes, reposts and comments refer to: the original of a repost, or the post itself.
    #[must_use]
    pub fn subject(&self) -> &Post {
        self.original.as_ref().map_or(&self.post, |original| &original.0)
    }

    /// Returns the text to show.
    #[must_use]
    pub fn text(&self) -> &str {
        self.subject().text.as_ref().map_or("", PostText::as_str)
    }

    /// Returns the text to show, and consumes the rest.
    #[must_use]
    pub fn into_text(self) -> String {
        let post = self.original.map_or(self.post, |original| original.0);
        post.text.map(String::from).unwrap_or_default()
    }
}

/// An entry in the list of comments on a post.
#[derive(Debug, Clone)]
pub enum Comment {
    /// A comment.
    Shown(Box<Shown>),
    /// A deleted comment, which is listed because it has comments itself.
    Deleted(Id),
}

/// The operations on posts.
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
