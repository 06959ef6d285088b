//! Request bodies and query parameters for posts and follows.

use twclone_domain::accounts::Caller;
use twclone_domain::graph::Follow;
use twclone_domain::posts::{NewPost, NewRepost};
use twclone_domain::{AccountReference, Error, Fields, Id, IdempotentRequest, PageRequest};
use utoipa::{IntoParams, ToSchema};

use crate::pages::page;
use crate::people;

/// Who is to follow whom.
#[derive(ToSchema)]
#[schema(as = MicroblogFollow)]
#[allow(dead_code, reason = "describes the fields")]
pub(super) struct FollowBody {
    /// Who, a user name or an id; the caller by default.
    #[schema(example = "chris")]
    username: Option<String>,
    /// Whom: a user name or an id.
    #[schema(example = "steve")]
    friend_username: String,
}

impl FollowBody {
    pub(super) fn read(fields: Fields, once: Option<IdempotentRequest>) -> Result<Follow, Error> {
        let (who, whom) = who_and_whom(fields)?;
        Ok(Follow { follower: who, followed: whom, once })
    }
}

/// Who is to follow whom no longer.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub(super) struct UnfollowParameters {
    /// Who, a user name or an id, by default the caller; may be in the body, too.
    username: Option<String>,
    /// Whom, a user name or an id; may be in the body, too.
    friend_username: String,
}

impl UnfollowParameters {
    /// Reads the follower and the account to unfollow. The follower is optional.
    pub(super) fn read(fields: Fields) -> Result<(Option<AccountReference>, AccountReference), Error> {
        who_and_whom(fields)
    }
}

fn who_and_whom(mut fields: Fields) -> Result<(Option<AccountReference>, AccountReference), Error> {
    let who = fields.optional_account("username");
    let whom = fields.required_account("friend_username");
    fields.end()?;
    Ok((who?, whom?))
}

/// Whose followers, and which page of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub(super) struct FollowersParameters {
    /// Whose, a user name or an id, by default the caller's; may be in the body, too.
    username: Option<String>,
    /// How many at most: 1–100, by default 20.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl FollowersParameters {
    pub(super) fn read(mut fields: Fields, caller: Option<&Caller>) -> Result<(AccountReference, PageRequest), Error> {
        let followed = people::named_or_caller(&mut fields, "username", caller);
        let page = page(&mut fields);
        fields.end()?;
        Ok((followed?, page?))
    }
}

/// A post to be made.
#[derive(ToSchema)]
#[schema(as = MicroblogNewPost)]
#[allow(dead_code, reason = "describes the fields")]
pub(super) struct PostBody {
    /// What it says.
    #[schema(min_length = 1, max_length = 500, example = "TestMessage")]
    message: String,
    /// In whose name, a user name or an id; the caller's own by default.
    #[schema(example = "steve")]
    username: Option<String>,
}

impl PostBody {
    pub(super) fn read(mut fields: Fields, once: Option<IdempotentRequest>) -> Result<NewPost, Error> {
        let text = fields.required("message");
        let author = fields.optional_account("username");
        fields.end()?;
        Ok(NewPost { author: author?, text: text?, once })
    }
}

/// A post to be shown to one's followers.
#[derive(ToSchema)]
#[schema(as = MicroblogNewRepost)]
#[allow(dead_code, reason = "describes the fields")]
pub(super) struct RepostBody {
    /// Which post; of a repost, the original.
    #[schema(example = "1")]
    id: String,
    /// In whose name, a user name or an id; the caller's own by default.
    #[schema(example = "steve")]
    username: Option<String>,
}

impl RepostBody {
    pub(super) fn read(mut fields: Fields, once: Option<IdempotentRequest>) -> Result<NewRepost, Error> {
        let post = fields.required_number("id");
        let author = fields.optional_account("username");
        fields.end()?;
        Ok(NewRepost { post: post?, author: author?, once })
    }
}

/// Which of all posts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub(super) struct AllPostsParameters {
    /// That post alone; may be in the body, too.
    #[param(pattern = "^[0-9]+$")]
    id: Option<String>,
    /// How many at most: 1–100, by default 20.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// A single post, or a page of all posts.
pub(super) enum AllPosts {
    One(Id),
    Page(PageRequest),
}

impl AllPostsParameters {
    pub(super) fn read(mut fields: Fields) -> Result<AllPosts, Error> {
        let id = fields.optional_number("id");
        let page = page(&mut fields);
        fields.end()?;
        Ok(match id? {
            Some(id) => AllPosts::One(id),
            None => AllPosts::Page(page?),
        })
    }
}
