//! Request bodies and parameters for tweets and follows.

use twclone_domain::{AccountReference, PageRequest, PostText};

use crate::requests::request;

request! {
    /// A new tweet.
    pub(super) struct PostTweet {
        /// The text.
        #[example = "I'm back."]
        "tweet" => text: PostText,
        /// The author: a user name or an id. The default is your own account.
        #[example = "mj"]
        "username" => author: Option<AccountReference>,
    }
}

request! {
    /// An account to follow.
    pub(super) struct FollowBody as "FollowByName" {
        /// The follower: a user name or an id. The default is your own account.
        #[example = "mj"]
        "username" => follower: Option<AccountReference>,
        /// The account to follow: a user name or an id.
        #[example = "chris"]
        "usernameToFollow" => followed: AccountReference,
    }
}

request! {
    /// An account to unfollow.
    pub(super) struct UnfollowBody as "UnfollowByName" {
        /// The follower: a user name or an id. The default is your own account.
        #[example = "mj"]
        "username" => follower: Option<AccountReference>,
        /// The account to unfollow: a user name or an id.
        #[example = "chris"]
        "usernameToRemove" => followed: AccountReference,
    }
}

request! {
    /// The timeline and the page to list.
    pub(super) struct TimelineParameters {
        /// The account: a user name or an id. The default is your own account. Can also be in the body.
        "username" => user: Option<AccountReference>,
        page: PageRequest,
    }
}
