use serde::Serialize;
use twclone_domain::accounts::{Account, Caller, Counts};
use twclone_domain::{Id, Timestamp};
use utoipa::ToSchema;

/// A profile.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FanoutProfile)]
pub(super) struct ProfileView {
    /// The id: a decimal number of up to 63 bits.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The user name.
    username: String,
    /// The display name, or an empty text.
    name: String,
    /// The biography, or an empty text.
    bio: String,
    /// The number of followers.
    follower_count: u64,
    /// The number of followed accounts.
    following_count: u64,
    /// The number of tweets and retweets.
    tweet_count: u64,
    /// The time at which the account was created.
    #[schema(value_type = String, format = DateTime)]
    data_created: Timestamp,
    /// The e-mail address, if the account is your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl ProfileView {
    /// Returns what this caller may see of the account.
    pub(super) fn of(account: Account, counts: Counts, caller: Option<&Caller>) -> Self {
        let own = caller.is_some_and(|caller| caller.sees_all_of(&account));
        Self {
            id: account.id,
            username: account.profile.name.to_string(),
            name: account.profile.full_name.map(String::from).unwrap_or_default(),
            bio: account.profile.biography.map(String::from).unwrap_or_default(),
            follower_count: counts.followers,
            following_count: counts.following,
            tweet_count: counts.posts,
            data_created: account.created_at,
            email: own.then(|| account.profile.email.into()),
        }
    }
}
