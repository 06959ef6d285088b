//! Request bodies and query parameters for posts and follows.

use twclone_domain::{AccountReference, Id, PageRequest, PostText};

use crate::requests::request;

request! {
    /// An account to follow or to unfollow.
    pub(super) struct FollowBody as "MicroblogFollow" {
        /// The follower: a user name or an id. The default is your own account.
        #[example = "chris"]
        "username" => follower: Option<AccountReference>,
        /// The followed account: a user name or an id.
        #[example = "steve"]
        "friend_username" => followed: AccountReference,
    }
}

/// All parameters can also be in the body.
pub(super) type UnfollowParameters = FollowBody;

request! {
    /// The account whose followers to list, and the page.
    pub(super) struct FollowersParameters {
        /// The followed account: a user name or an id. The default is your own account. Can also be in the body.
        "username" => followed: Option<AccountReference>,
        page: PageRequest,
    }
}

request! {
    /// A new post.
    pub(super) struct PostBody as "MicroblogNewPost" {
        /// The text.
        #[example = "TestMessage"]
        "message" => text: PostText,
        /// The author: a user name or an id. The default is your own account.
        #[example = "steve"]
        "username" => author: Option<AccountReference>,
    }
}

request! {
    /// A post to repost.
    pub(super) struct RepostBody as "MicroblogNewRepost" {
        /// The post. If it is a repost, its original is reposted.
        #[example = "1"]
        "id" => post: Id,
        /// The account that reposts: a user name or an id. The default is your own account.
        #[example = "steve"]
        "username" => author: Option<AccountReference>,
    }
}

request! {
    /// The posts to list.
    pub(super) struct AllPostsParameters {
        /// Only this post. Can also be in the body.
        "id" => id: Option<Id>,
        page: PageRequest,
    }
}
