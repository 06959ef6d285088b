//! Request bodies and parameters for tweets, reactions, follows and timelines.

use std::str::FromStr;

use twclone_domain::graph::Follow;
use twclone_domain::posts::NewPost;
use twclone_domain::{AccountReference, Error, Fields, IdempotentRequest, Limit, Offset};
use utoipa::{IntoParams, ToSchema};

/// A new tweet.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(as = NewFanoutTweet)]
pub(super) struct NewTweet {
    /// The text.
    #[schema(min_length = 1, max_length = 500, example = "Six rings.")]
    tweet_content: String,
    /// In whose name: a user name or an id; the caller's own by default.
    #[schema(example = "jordan")]
    user_id: Option<String>,
}

impl NewTweet {
    pub(super) fn read(mut fields: Fields, once: Option<IdempotentRequest>) -> Result<NewPost, Error> {
        let text = fields.required("tweet_content");
        let author = fields.optional_account("user_id");
        fields.end()?;
        Ok(NewPost { author: author?, text: text?, once })
    }
}

/// For whom something is done. In the query or in the body.
#[derive(ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(as = FanoutActor)]
pub(super) struct Actor {
    /// In whose name: a user name or an id; the caller's own by default.
    user_id: Option<String>,
}

impl Actor {
    pub(super) fn read(mut fields: Fields) -> Result<Option<AccountReference>, Error> {
        let actor = fields.optional_account("user_id");
        fields.end()?;
        actor
    }
}

/// Whom to follow, or to follow no more. In the query or in the body.
#[derive(ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(as = FanoutFollow)]
pub(super) struct FollowParameters {
    /// A user name or an id.
    #[param(required = false, example = "kobe")]
    #[schema(required = false, example = "kobe")]
    username: String,
    /// Who follows: a user name or an id; the caller by default.
    user_id: Option<String>,
}

impl FollowParameters {
    pub(super) fn read(mut fields: Fields) -> Result<Follow, Error> {
        let whom = fields.required_account("username");
        let who = fields.optional_account("user_id");
        fields.end()?;
        Ok(Follow { follower: who?, followed: whom?, once: None })
    }
}

/// Where in one's home timeline.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub(super) struct HomeParameters {
    /// How many to pass over: 0–790, by default 0.
    #[param(minimum = 0, maximum = 790)]
    start: Option<u16>,
}

impl HomeParameters {
    pub(super) fn read(mut fields: Fields) -> Result<Offset, Error> {
        let offset = offset(&mut fields);
        fields.end()?;
        offset
    }
}

/// Whose timeline, and where in it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub(super) struct UserParameters {
    /// A user name or an id; the caller by default.
    username: Option<String>,
    /// How many to pass over: 0–790, by default 0.
    #[param(minimum = 0, maximum = 790)]
    start: Option<u16>,
}

impl UserParameters {
    pub(super) fn read(mut fields: Fields) -> Result<(Option<AccountReference>, Offset), Error> {
        let user = fields.optional_account("username");
        let offset = offset(&mut fields);
        fields.end()?;
        Ok((user?, offset?))
    }
}

/// The largest allowed `start` of a timeline page.
pub(super) const LAST_START: usize = 790;

struct Start(usize);

impl FromStr for Start {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let start = text.parse().ok().filter(|start| *start <= LAST_START);
        start.map(Self).ok_or_else(|| format!("must be a whole number from 0 to {LAST_START}"))
    }
}

fn offset(fields: &mut Fields) -> Result<Offset, Error> {
    let start = fields.optional_number::<Start>("start")?;
    Ok(Offset { start: start.map_or(0, |start| start.0), limit: Limit::TEN })
}
