//! Response bodies for tweets.

use serde::Serialize;
use twclone_domain::posts::Shown;
use twclone_domain::{Id, Page, Timestamp, Username};
use utoipa::ToSchema;

/// A tweet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopTweet)]
pub(super) struct TweetView {
    /// The id: a decimal number of up to 63 bits. Ids sort by time.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The id of the author.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    user_id: Id,
    /// The user name of the author.
    #[schema(value_type = String)]
    username: Username,
    /// The text.
    content: String,
    /// The time at which it was posted.
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
    /// The page number. It is unknown for a page after a cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<usize>,
    /// The maximum number of tweets on a page.
    limit: usize,
    /// The cursor of the next page, if there is one. A page that was requested by number has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl TweetsView {
    /// Returns a page of tweets with its number, if that is known, and its size.
    pub(super) fn of(found: Page<Shown>, (page, limit): (Option<usize>, usize)) -> Self {
        Self { tweets: found.items.into_iter().map(TweetView::from).collect(), page, limit, next: found.next }
    }
}
