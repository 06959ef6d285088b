//! A post.

use super::clock::Timestamp;
use super::ids::Id;
use super::names::Username;
use super::text::PostText;

/// A post, a comment (a post that replies to one), or a repost (a post that shows another one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The id, which sorts by time.
    pub id: Id,
    /// The account that the post belongs to.
    pub author: Username,
    /// The text. `None` for a repost.
    pub text: Option<PostText>,
    /// The time of creation.
    pub created_at: Timestamp,
    /// The time of the last edit.
    pub edited_at: Option<Timestamp>,
    /// The post that it comments on.
    pub reply_to: Option<Id>,
    /// The post that it reposts.
    pub repost_of: Option<Id>,
    pub(crate) original_author: Option<Username>,
    /// The number of likes.
    pub likes: u64,
    /// The number of reposts.
    pub reposts: u64,
    /// The number of comments.
    pub comments: u64,
    /// The number of edits.
    pub(crate) revision: u32,
    /// The delegate who wrote it.
    pub sent_by: Option<Username>,
}

/// A former text of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The number of the revision, from 1.
    pub number: u32,
    /// The text.
    pub text: PostText,
    /// The time from which the post had this text.
    pub since: Timestamp,
    /// The time at which it was replaced.
    pub until: Timestamp,
}
