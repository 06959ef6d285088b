//! Response bodies for posts.

use serde::Serialize;
use twclone_domain::posts::Shown;
use twclone_domain::{Id, Page, Timestamp};
use utoipa::ToSchema;

/// Returns the path and query of a single post.
pub(super) fn location(post: Id) -> String {
    format!("/allposts/?id={post}")
}

/// A post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MicroblogPost)]
pub(super) struct PostView {
    /// A decimal number of up to 63 bits; sorts by time.
    #[schema(value_type = String, pattern = "^[0-9]+$", example = "1")]
    id: Id,
    /// In whose name it was posted, or reposted.
    #[schema(example = "steve")]
    username: String,
    /// What it says; of a repost, what the original says.
    #[schema(example = "TestMessage")]
    message: String,
    /// When it was posted, or reposted.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// Where the original is; empty where it is no repost.
    #[schema(example = "/allposts/?id=1")]
    repost: String,
}

impl From<Shown> for PostView {
    fn from(shown: Shown) -> Self {
        Self {
            id: shown.post.id,
            username: shown.author.name.to_string(),
            message: shown.text().to_owned(),
            timestamp: shown.post.created_at,
            repost: shown.post.repost_of.map(location).unwrap_or_default(),
        }
    }
}

/// A page of posts, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MicroblogPosts)]
pub(super) struct PostsView {
    posts: Vec<PostView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Page<Shown>> for PostsView {
    fn from(page: Page<Shown>) -> Self {
        Self { posts: page.items.into_iter().map(PostView::from).collect(), next: page.next }
    }
}
