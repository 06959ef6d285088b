//! Request bodies and parameters for tweets and follows.

use twclone_domain::accounts::Caller;
use twclone_domain::graph::Follow;
use twclone_domain::posts::NewPost;
use twclone_domain::{AccountReference, Error, Fields, IdempotentRequest, PageRequest};
use utoipa::{IntoParams, ToSchema};

use crate::pages::page;
use crate::people;

/// A tweet to be posted.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
pub(super) struct PostTweet {
    /// What it says.
    #[schema(min_length = 1, max_length = 500, example = "I'm back.")]
    tweet: String,
    /// In whose name, a user name or an id; the caller's own by default.
    #[schema(example = "mj")]
    username: Option<String>,
}

impl PostTweet {
    pub(super) fn read(mut fields: Fields, once: Option<IdempotentRequest>) -> Result<NewPost, Error> {
        let text = fields.required("tweet");
        let author = fields.optional_account("username");
        fields.end()?;
        Ok(NewPost { author: author?, text: text?, once })
    }
}

/// Who is to follow whom.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(as = FollowByName, rename_all = "camelCase")]
pub(super) struct FollowBody {
    /// Who, a user name or an id; the caller by default.
    #[schema(example = "mj")]
    username: Option<String>,
    /// Whom: a user name or an id.
    #[schema(example = "chris")]
    username_to_follow: String,
}

impl FollowBody {
    pub(super) fn read(mut fields: Fields) -> Result<Follow, Error> {
        let who = fields.optional_account("username");
        let whom = fields.required_account("usernameToFollow");
        fields.end()?;
        Ok(Follow { follower: who?, followed: whom?, once: None })
    }
}

/// Who is to follow whom no longer.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(as = UnfollowByName, rename_all = "camelCase")]
pub(super) struct UnfollowBody {
    /// Who, a user name or an id; the caller by default.
    #[schema(example = "mj")]
    username: Option<String>,
    /// Whom: a user name or an id.
    #[schema(example = "chris")]
    username_to_remove: String,
}

impl UnfollowBody {
    /// Reads the follower and the account to unfollow. The follower is optional.
    pub(super) fn read(mut fields: Fields) -> Result<(Option<AccountReference>, AccountReference), Error> {
        let who = fields.optional_account("username");
        let whom = fields.required_account("usernameToRemove");
        fields.end()?;
        Ok((who?, whom?))
    }
}

/// Whose timeline, and which page of it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub(super) struct TimelineParameters {
    /// Whose, a user name or an id, by default the caller's; may be in the body, too.
    username: Option<String>,
    /// How many at most: 1–100, by default 20.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

pub(super) fn read_user_timeline(
    mut fields: Fields,
    caller: Option<&Caller>,
) -> Result<(AccountReference, PageRequest), Error> {
    let author = people::named_or_caller(&mut fields, "username", caller);
    let page = page(&mut fields);
    fields.end()?;
    Ok((author?, page?))
}

pub(super) fn read_home_timeline(mut fields: Fields) -> Result<(Option<AccountReference>, PageRequest), Error> {
    let owner = fields.optional_account("username");
    let page = page(&mut fields);
    fields.end()?;
    Ok((owner?, page?))
}
