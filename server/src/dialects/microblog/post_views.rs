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
    /// The id: a decimal number of up to 63 bits. Ids sort by time.
    #[schema(value_type = String, pattern = "^[0-9]+$", example = "1")]
    id: Id,
    /// The author. For a repost, the account that reposted.
    #[schema(example = "steve")]
    username: String,
    /// The text. For a repost, the text of the original.
    #[schema(example = "TestMessage")]
    message: String,
    /// The time at which it was posted or reposted.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// The path of the original, or an empty text if it is no repost.
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
