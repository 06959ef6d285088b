use rocket::{State, delete, post};
use twclone_domain::Installation;
use twclone_domain::posts::NewRepost;

use super::bodies::Actor;
use super::tweet_views::TweetView;
use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Idempotency, Parameters};
use crate::openapi::{Conflicts, Problems, describe};
use crate::posts;

/// Like a tweet
///
/// Liking a retweet likes the original. Liking a tweet again changes nothing.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/tweet/id/115566778899/like
/// ```
#[describe(request_body(content = Option<Actor>),
    params(("id" = String, Path, description = "The id of a tweet"), Actor),
    responses((status = 200, body = TweetView), Problems))]
#[post("/tweet/id/<id>/like", data = "<parameters>")]
pub(super) async fn like(
    installation: &State<Installation>,
    caller: Authenticated,
    id: &str,
    parameters: Parameters,
) -> Answered {
    let Actor { user: actor } = Actor::read(parameters.0)?;
    let shown = installation.posts.like(&caller.0, actor.as_ref(), guards::id("tweet", id)?).await?;
    Answer::ok(&TweetView::of(shown, Some(&caller.0), &installation.posts).await?)
}

/// Remove a like
///
/// Changes nothing if there is no like. You can remove a like even if the tweet's author has blocked you since. The
/// response is then 204, without the tweet.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/tweet/id/115566778899/dislike
/// ```
#[describe(request_body(content = Option<Actor>),
    params(("id" = String, Path, description = "The id of a tweet"), Actor),
    responses((status = 200, body = TweetView), (status = 204), Problems))]
#[post("/tweet/id/<id>/dislike", data = "<parameters>")]
pub(super) async fn dislike(
    installation: &State<Installation>,
    caller: Authenticated,
    id: &str,
    parameters: Parameters,
) -> Answered {
    let Actor { user: actor } = Actor::read(parameters.0)?;
    match installation.posts.unlike(&caller.0, actor.as_ref(), guards::id("tweet", id)?).await? {
        Some(shown) => Answer::ok(&TweetView::of(shown, Some(&caller.0), &installation.posts).await?),
        None => Ok(Answer::nothing()),
    }
}

/// Retweet a tweet
///
/// Shows the tweet to your followers. Retweeting a retweet retweets the original. You can retweet a tweet only once.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/tweet/id/115566778899/retweet
/// ```
#[describe(request_body(content = Option<Actor>),
    params(("id" = String, Path, description = "The id of a tweet"), Actor),
    responses((status = 201, body = TweetView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/tweet/id/<id>/retweet", data = "<parameters>")]
pub(super) async fn retweet(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    id: &str,
    parameters: Parameters,
) -> Answered {
    let once = idempotency.once(&parameters.0);
    let Actor { user: author } = Actor::read(parameters.0)?;
    let new = NewRepost { post: guards::id("tweet", id)?, author, once };
    let done = installation.posts.repost(&caller.0, new).await?;
    let location = posts::location(&done.value);
    Answer::created(&TweetView::of(done.value, Some(&caller.0), &installation.posts).await?, location, done.replayed)
}

/// Undo a retweet
///
/// Accepts the id of the tweet or of the retweet, and returns the tweet. Changes nothing if there is no retweet. If the
/// tweet's author has blocked you since, the response is 204, without the tweet.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/tweet/id/115566778899/retweet
/// ```
#[describe(request_body(content = Option<Actor>),
    params(("id" = String, Path, description = "The id of a tweet"), Actor),
    responses((status = 200, body = TweetView), (status = 204), Problems))]
#[delete("/tweet/id/<id>/retweet", data = "<parameters>")]
pub(super) async fn undo_retweet(
    installation: &State<Installation>,
    caller: Authenticated,
    id: &str,
    parameters: Parameters,
) -> Answered {
    let Actor { user: actor } = Actor::read(parameters.0)?;
    match installation.posts.undo_repost(&caller.0, actor.as_ref(), guards::id("tweet", id)?).await? {
        Some(shown) => Answer::ok(&TweetView::of(shown, Some(&caller.0), &installation.posts).await?),
        None => Ok(Answer::nothing()),
    }
}
