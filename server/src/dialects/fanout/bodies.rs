//! Request bodies and parameters for tweets, reactions, follows and timelines.

use std::str::FromStr;

use twclone_domain::{AccountReference, Limit, Offset, PostText};

use crate::requests::{InAnyPart, number, request, values};

request! {
    /// A new tweet.
    pub(super) struct NewTweet as "NewFanoutTweet" {
        /// The text.
        #[example = "Six rings."]
        "tweet_content" => text: PostText,
        /// The author: a user name or an id. The default is your own account.
        #[example = "jordan"]
        "user_id" => author: Option<AccountReference>,
    }
}

request! {
    /// The account to act for. Can be in the query or in the body.
    pub(super) struct Actor as "FanoutActor" {
        /// The account to act for: a user name or an id. The default is your own account.
        "user_id" => user: Option<AccountReference>,
    }
}

request! {
    /// An account to follow or to unfollow. Can be in the query or in the body.
    pub(super) struct FollowParameters as "FanoutFollow" {
        /// The followed account: a user name or an id.
        #[example = "kobe"]
        "username" => followed: InAnyPart<AccountReference>,
        /// The follower: a user name or an id. The default is your own account.
        "user_id" => follower: Option<AccountReference>,
    }
}

request! {
    /// A position in your home timeline.
    pub(super) struct HomeParameters {
        /// The number of tweets to skip: 0–790, 0 by default.
        "start" => start: Start,
    }
}

request! {
    /// A position in a user's timeline.
    pub(super) struct UserParameters {
        /// The account: a user name or an id. The default is your own account.
        "username" => user: Option<AccountReference>,
        /// The number of tweets to skip: 0–790, 0 by default.
        "start" => start: Start,
    }
}

/// The largest allowed `start` of a timeline page.
pub(super) const LAST_START: usize = 790;

/// The start of a timeline page, which has ten tweets.
#[derive(Default)]
pub(super) struct Start(usize);

impl From<Start> for Offset {
    fn from(start: Start) -> Self {
        Self { start: start.0, limit: Limit::TEN }
    }
}

impl FromStr for Start {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let start = text.parse().ok().filter(|start| *start <= LAST_START);
        start.map(Self).ok_or_else(|| format!("must be a whole number from 0 to {LAST_START}"))
    }
}

values! {
    Start: optional_number, number("int32", 0, LAST_START), Start::default();
}
