//! Response bodies for tweets.

use serde::Serialize;
use twclone_domain::posts::Shown;
use twclone_domain::{Id, Page, Timestamp, Username};
use utoipa::ToSchema;

/// A tweet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopTweet)]
pub(super) struct TweetView {
    /// A decimal number of up to 63 bits; sorts by time.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The id of its author.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    user_id: Id,
    /// The user name of its author.
    #[schema(value_type = String)]
    username: Username,
    /// What it says.
    content: String,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Shown> for TweetView {
    fn from(shown: Shown) -> Self {
        Self {
            id: shown.post.id,
            user_id: shown.author.id,
            created_at: shown.post.created_at,
            username: shown.author.name.clone(),
            content: shown.into_text(),
        }
    }
}

/// A page of tweets, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopTweets)]
pub(super) struct TweetsView {
    tweets: Vec<TweetView>,
    /// The page's number, where no cursor led to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<usize>,
    /// How many there are at most on a page.
    limit: usize,
    /// The cursor of the next page, if there is one and the page was not asked for by number.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl TweetsView {
    /// Returns a page of tweets with its number, if that is known, and its size.
    pub(super) fn of(found: Page<Shown>, (page, limit): (Option<usize>, usize)) -> Self {
        Self { tweets: found.items.into_iter().map(TweetView::from).collect(), page, limit, next: found.next }
    }
}
