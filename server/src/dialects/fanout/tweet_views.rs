//! Response bodies for tweets.

use serde::Serialize;
use twclone_domain::accounts::Caller;
use twclone_domain::posts::{Fans, Posts, Shown};
use twclone_domain::{Error, Id, Offset, Timestamp, Username};
use utoipa::ToSchema;

use super::bodies::LAST_START;

/// A tweet or a retweet. A retweet shows the text and the counts of the original.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FanoutTweet)]
pub(super) struct TweetView {
    /// The id: a decimal number of up to 63 bits. Ids sort by time.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The user name of the author.
    user_id: String,
    /// The text.
    tweet_content: String,
    /// The time at which it was posted.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The number of likes.
    like_count: u64,
    /// The number of retweets.
    retweet_count: u64,
    /// Up to six users who like it. Users who block you, or whom you block, are left out.
    #[schema(value_type = Vec<String>, max_items = 6)]
    likes: Vec<Username>,
    /// Up to six users who retweeted it. Users who block you, or whom you block, are left out.
    #[schema(value_type = Vec<String>, max_items = 6)]
    retweets: Vec<Username>,
    /// The original, if it is a retweet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    retweet_of: Option<Id>,
}

impl TweetView {
    fn new(shown: Shown, fans: Fans) -> Self {
        let subject = shown.subject();
        Self {
            id: shown.post.id,
            tweet_content: shown.text().to_owned(),
            created_at: shown.post.created_at,
            like_count: subject.likes,
            retweet_count: subject.reposts,
            likes: fans.likes,
            retweets: fans.reposts,
            retweet_of: shown.post.repost_of,
            user_id: shown.author.name.to_string(),
        }
    }

    /// Returns a tweet with the names of users who liked or retweeted it, as far as this reader may see them.
    pub(super) async fn of(shown: Shown, reader: Option<&Caller>, posts: &Posts) -> Result<Self, Error> {
        let fans = posts.fans(reader, std::slice::from_ref(&shown)).await?.pop();
        Ok(Self::new(shown, fans.unwrap_or_default()))
    }
}

/// Up to ten tweets, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FanoutTimeline)]
pub(super) struct TimelineView {
    tweets: Vec<TweetView>,
    /// The number of skipped tweets.
    start: usize,
    /// The `start` of the next page, if there may be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_start: Option<usize>,
}

impl TimelineView {
    /// Returns the tweets that were found at this offset, each with the names of users who liked or retweeted it.
    pub(super) async fn of(
        found: Vec<Shown>,
        offset: Offset,
        reader: Option<&Caller>,
        posts: &Posts,
    ) -> Result<Self, Error> {
        let (start, size) = (offset.start, offset.limit.get());
        let next_start = Some(start + size).filter(|next| found.len() == size && *next <= LAST_START);
        let fans = posts.fans(reader, &found).await?;
        let tweets = found.into_iter().zip(fans).map(|(shown, fans)| TweetView::new(shown, fans)).collect();
        Ok(Self { tweets, start, next_start })
    }
}
