use serde::Serialize;
use twclone_domain::accounts::{Account, Caller, Counts};
use twclone_domain::{Id, Timestamp};
use utoipa::ToSchema;

/// A profile.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FanoutProfile)]
pub(super) struct ProfileView {
    /// A decimal number of up to 63 bits.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The user name.
    username: String,
    /// The display name; empty if there is none.
    name: String,
    /// A few words; empty where there are none.
    bio: String,
    /// How many follow this user.
    follower_count: u64,
    /// How many this user follows.
    following_count: u64,
    /// How many tweets and retweets there are of this user.
    tweet_count: u64,
    /// When the account was made.
    #[schema(value_type = String, format = DateTime)]
    data_created: Timestamp,
    /// Only for its owner.
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
