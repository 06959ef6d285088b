//! A post.

use super::clock::Timestamp;
use super::ids::Id;
use super::names::Username;
use super::text::PostText;

/// A post, a comment (a post that replies to one), or a repost (a post that shows another one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The id; sorts by time.
    pub id: Id,
    /// In whose name it was written.
    pub author: Username,
    /// What it says; nothing, where it is a repost.
    pub text: Option<PostText>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// The post that it comments on.
    pub reply_to: Option<Id>,
    /// The post that it shows.
    pub repost_of: Option<Id>,
    pub(crate) original_author: Option<Username>,
    /// How many like it.
    pub likes: u64,
    /// How many reposted it.
    pub reposts: u64,
    /// How many comments there are on it.
    pub comments: u64,
    /// How often it was edited.
    pub(crate) revision: u32,
    /// The delegate who wrote it.
    pub sent_by: Option<Username>,
}
