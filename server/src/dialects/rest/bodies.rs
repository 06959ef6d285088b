//! Request bodies for posts and comments, and parameters that name the account to act for.

use twclone_domain::{AccountReference, Error, Fields, PostText};
use utoipa::{IntoParams, ToSchema};

/// A post or a comment to be written.
#[derive(ToSchema)]
#[schema(as = RestNewPost, rename_all = "camelCase")]
#[allow(dead_code, reason = "describes the fields")]
pub(super) struct PostBody {
    /// What it says.
    #[schema(min_length = 1, max_length = 500, example = "I'm back.")]
    content: String,
    /// In whose name, a user name or an id; the caller's own by default.
    #[schema(example = "mj")]
    author_id: Option<String>,
}

impl PostBody {
    /// Reads the text and the optional author.
    pub(super) fn read(mut fields: Fields) -> Result<(PostText, Option<AccountReference>), Error> {
        let text = fields.required("content");
        let author = fields.optional_account("authorId");
        fields.end()?;
        Ok((text?, author?))
    }
}

/// What a post is to say.
#[derive(ToSchema)]
#[schema(as = RestEdit)]
#[allow(dead_code, reason = "describes the fields")]
pub(super) struct EditBody {
    /// What it is to say.
    #[schema(min_length = 1, max_length = 500, example = "I am back.")]
    content: String,
}

impl EditBody {
    pub(super) fn read(mut fields: Fields) -> Result<PostText, Error> {
        let text = fields.required("content");
        fields.end()?;
        text
    }
}

/// In whose name something is liked.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[allow(dead_code, reason = "describes the parameters")]
pub(super) struct LikeParameters {
    /// In whose name, a user name or an id, by default the caller's own; may be in the body, too.
    author_id: Option<String>,
}

impl LikeParameters {
    pub(super) fn read(mut fields: Fields) -> Result<Option<AccountReference>, Error> {
        let account = fields.optional_account("authorId");
        fields.end()?;
        account
    }
}

/// The account that follows, if it is not your own.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[allow(dead_code, reason = "describes the parameters")]
pub(super) struct FollowParameters {
    /// Who is to follow, a user name or an id, by default the caller; may be in the body, too.
    follower_id: Option<String>,
}

impl FollowParameters {
    pub(super) fn read(mut fields: Fields) -> Result<Option<AccountReference>, Error> {
        let follower = fields.optional_account("followerId");
        fields.end()?;
        follower
    }
}
