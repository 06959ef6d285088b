//! Response bodies for tweets and follows.

use serde::Serialize;
use twclone_domain::graph::Following;
use twclone_domain::posts::Shown;
use twclone_domain::{Id, Page, Timestamp, Username};
use utoipa::ToSchema;

/// A tweet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineTweet)]
pub(super) struct TweetView {
    /// The id: a decimal number of up to 63 bits. Ids sort by time.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The author. For a repost, the account that reposted.
    #[schema(value_type = String, example = "mj")]
    username: Username,
    /// The text. For a repost, the text of the original.
    #[schema(example = "I'm back.")]
    tweet: String,
    /// The time at which it was posted or reposted.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
}

impl From<Shown> for TweetView {
    fn from(shown: Shown) -> Self {
        Self {
            id: shown.post.id,
            username: shown.author.name.clone(),
            timestamp: shown.post.created_at,
            tweet: shown.into_text(),
        }
    }
}

/// A page of tweets, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineTweets)]
pub(super) struct TweetsView {
    tweets: Vec<TweetView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Page<Shown>> for TweetsView {
    fn from(page: Page<Shown>) -> Self {
        Self { tweets: page.items.into_iter().map(TweetView::from).collect(), next: page.next }
    }
}

/// A follow.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FollowedByName)]
pub(super) struct FollowedView {
    /// The follower.
    username: String,
    /// The followed account.
    username_to_follow: String,
}

impl From<Following> for FollowedView {
    fn from(following: Following) -> Self {
        Self { username: following.follower.into(), username_to_follow: following.followed.into() }
    }
}

/// A follow that was removed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UnfollowedByName)]
pub(super) struct UnfollowedView {
    /// The follower.
    username: String,
    /// The unfollowed account.
    username_to_remove: String,
}

impl UnfollowedView {
    pub(super) fn of(who: Username, whom: Username) -> Self {
        Self { username: who.into(), username_to_remove: whom.into() }
    }
}
