//! Request bodies for posts and comments, and parameters that name the account to act for.

use twclone_domain::{AccountReference, PostText};

use crate::requests::request;

request! {
    /// A new post or comment.
    pub(super) struct PostBody as "RestNewPost" {
        /// The text.
        #[example = "I'm back."]
        "content" => text: PostText,
        /// The author: a user name or an id. The default is your own account.
        #[example = "mj"]
        "authorId" => author: Option<AccountReference>,
    }
}

request! {
    /// A change of a post.
    pub(super) struct EditBody as "RestEdit" {
        /// The new text.
        #[example = "I am back."]
        "content" => text: PostText,
    }
}

request! {
    /// The account that likes the post.
    pub(super) struct LikeParameters {
        /// The account that likes the post: a user name or an id. The default is your own account. Can also be in the
        /// body.
        "authorId" => account: Option<AccountReference>,
    }
}

request! {
    /// The follower.
    pub(super) struct FollowParameters {
        /// The follower: a user name or an id. The default is your own account. Can also be in the body.
        "followerId" => follower: Option<AccountReference>,
    }
}
