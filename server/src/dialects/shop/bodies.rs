//! Request bodies and parameters for tweets and follows.

use twclone_domain::{AccountReference, Error, Fields, PostText};
use utoipa::{IntoParams, ToSchema};

/// What a tweet is to say.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(as = ShopTweetContent)]
pub(super) struct Content {
    /// The text.
    #[schema(min_length = 1, max_length = 500, example = "Six rings.")]
    content: String,
}

impl Content {
    pub(super) fn read(mut fields: Fields) -> Result<PostText, Error> {
        let content = fields.required("content");
        fields.end()?;
        content
    }
}

/// Who follows. In the query or in the body.
#[derive(ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(as = ShopFollower)]
pub(super) struct Follower {
    /// A user name or an id; the caller by default.
    follower: Option<String>,
}

impl Follower {
    pub(super) fn read(mut fields: Fields) -> Result<Option<AccountReference>, Error> {
        let follower = fields.optional_account("follower");
        fields.end()?;
        follower
    }
}
