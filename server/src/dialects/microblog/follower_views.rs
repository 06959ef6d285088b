//! Response bodies for follows.

use serde::Serialize;
use twclone_domain::graph::{Following, Person};
use twclone_domain::{Page, Timestamp, Username};
use utoipa::ToSchema;

/// A follow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MicroblogFollower)]
pub(super) struct FollowerView {
    /// The follower.
    #[schema(example = "chris")]
    username: String,
    /// The followed account.
    #[schema(example = "steve")]
    friend_username: String,
    /// The time of the follow.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
}

impl From<Following> for FollowerView {
    fn from(following: Following) -> Self {
        Self {
            username: following.follower.into(),
            friend_username: following.followed.into(),
            timestamp: following.since,
        }
    }
}

/// A page of followers, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MicroblogFollowers)]
pub(super) struct FollowersView {
    followers: Vec<FollowerView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl FollowersView {
    /// Returns a page of followers of the account `followed`.
    pub(super) fn of(page: Page<Person>, followed: &Username) -> Self {
        let followers = page.items.into_iter().map(|person| FollowerView {
            username: person.summary.name.to_string(),
            friend_username: followed.to_string(),
            timestamp: person.since,
        });
        Self { followers: followers.collect(), next: page.next }
    }
}

/// A follow that was removed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MicroblogUnfollowed)]
pub(super) struct UnfollowedView {
    /// The follower.
    #[schema(example = "chris")]
    username: String,
    /// The followed account.
    #[schema(example = "steve")]
    friend_username: String,
}

impl UnfollowedView {
    pub(super) fn of(who: Username, whom: Username) -> Self {
        Self { username: who.into(), friend_username: whom.into() }
    }
}
