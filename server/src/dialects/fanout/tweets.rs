use rocket::{State, delete, get, post};
use twclone_domain::Installation;
use twclone_domain::posts::NewPost;

use super::bodies::NewTweet;
use super::tweet_views::TweetView;
use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Body, Idempotency, MaybeAuthenticated};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::posts;

/// Create a tweet
///
/// The tweet is on disk before the response is sent. Followers see it some milliseconds later.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/tweet/create tweet_content='Six rings.'
/// ```
#[describe(request_body = NewTweet,
    responses((status = 201, body = TweetView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/tweet/create", data = "<body>")]
pub(super) async fn create(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let NewTweet { text, author } = NewTweet::read(body.0)?;
    let done = installation.posts.create(&caller.0, NewPost { author, text, once }).await?;
    let location = posts::location(&done.value);
    Answer::created(&TweetView::of(done.value, Some(&caller.0), &installation.posts).await?, location, done.replayed)
}

/// Show a tweet
///
/// ```text
/// http localhost:5000/tweet/id/115566778899
/// ```
#[describe(params(("id" = String, Path, description = "The id of a tweet")),
    responses((status = 200, body = TweetView), Problems, Unchanged))]
#[get("/tweet/id/<id>")]
pub(super) async fn show(installation: &State<Installation>, caller: MaybeAuthenticated, id: &str) -> Answered {
    let shown = installation.posts.get(caller.0.as_ref(), guards::id("tweet", id)?).await?;
    Answer::ok(&TweetView::of(shown, caller.0.as_ref(), &installation.posts).await?)
}

/// Delete a tweet
///
/// Only the author and their delegates can delete a tweet. The tweet and its retweets disappear at once.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/tweet/id/115566778899/delete
/// ```
#[describe(params(("id" = String, Path, description = "The id of a tweet")), responses((status = 204), Problems))]
#[delete("/tweet/id/<id>/delete")]
pub(super) async fn delete(installation: &State<Installation>, caller: Authenticated, id: &str) -> Answered {
    installation.posts.delete(&caller.0, guards::id("tweet", id)?).await?;
    Ok(Answer::nothing())
}
