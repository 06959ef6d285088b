use rocket::{State, get, post, put};
use twclone_domain::posts::{NewPost, Shown};
use twclone_domain::{Installation, Page};

use super::bodies::Content;
use super::pages::{NumberedParameters, Wanted};
use super::tweet_views::{TweetView, TweetsView};
use crate::answer::{Answer, Answered};
use crate::guards::{self, Accepting, Authenticated, Body, Idempotency, MaybeAuthenticated, Query, UserInPath};
use crate::openapi::{Conflicts, NoAccept, Problems, Unchanged, describe};

fn tweets(found: Page<Shown>, place: (Option<usize>, usize)) -> Answered {
    let next = found.next.clone();
    Ok(Answer::ok(&TweetsView::of(found, place))?.with_next(next))
}

/// List all tweets
///
/// Newest first. Page numbers work up to the 1,000th item. Cursors, which start on the first page, have no limit.
///
/// ```text
/// http 'localhost:5000/tweets?limit=10&page=4'
/// ```
#[describe(params(NumberedParameters), responses((status = 200, body = TweetsView), Problems, Unchanged, NoAccept))]
#[get("/tweets")]
pub(super) async fn all(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    query: Query,
) -> Answered {
    let wanted = Wanted::read(query.0)?;
    let (timelines, reader) = (&installation.timelines, caller.0.as_ref());
    let found = match &wanted {
        Wanted::Numbered(_, offset) => Page { items: timelines.public_from(reader, *offset).await?, next: None },
        Wanted::Linked(request) => timelines.public(reader, request).await?,
    };
    tweets(found, wanted.place())
}

/// List a user's tweets
///
/// Newest first. Page numbers work up to the 1,000th item. Cursors, which start on the first page, have no limit.
///
/// ```text
/// http 'localhost:5000/tweets/mj?limit=10&page=4'
/// ```
#[describe(params(UserInPath, NumberedParameters),
    responses((status = 200, body = TweetsView), Problems, Unchanged, NoAccept))]
#[get("/tweets/<user>")]
pub(super) async fn of_user(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    user: &str,
    query: Query,
) -> Answered {
    let wanted = Wanted::read(query.0)?;
    let (timelines, reader, user) = (&installation.timelines, caller.0.as_ref(), guards::user(user)?);
    let found = match &wanted {
        Wanted::Numbered(_, offset) => Page { items: timelines.user_from(reader, &user, *offset).await?, next: None },
        Wanted::Linked(request) => timelines.user(reader, &user, request).await?,
    };
    tweets(found, wanted.place())
}

/// Create a tweet
///
/// Only the user and their delegates can do this.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/tweets/mj content='Six rings.'
/// ```
#[describe(request_body = Content, params(UserInPath),
    responses((status = 201, body = TweetView, headers(("Location" = String))), Problems, Conflicts, NoAccept))]
#[post("/tweets/<user>", data = "<body>")]
pub(super) async fn create(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    user: &str,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let Content { text } = Content::read(body.0)?;
    let new = NewPost { author: Some(guards::user(user)?), text, once };
    let done = installation.posts.create(&caller.0, new).await?;
    let location = format!("/tweet/{}", done.value.post.id);
    Answer::created(&TweetView::from(done.value), location, done.replayed)
}

/// Show a tweet
///
/// ```text
/// http localhost:5000/tweet/115566778899
/// ```
#[describe(params(("id" = String, Path, description = "The id of a tweet")),
    responses((status = 200, body = TweetView), Problems, Unchanged, NoAccept))]
#[get("/tweet/<id>")]
pub(super) async fn show(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    id: &str,
) -> Answered {
    let shown = installation.posts.get(caller.0.as_ref(), guards::id("tweet", id)?).await?;
    Answer::ok(&TweetView::from(shown))
}

/// Change a tweet
///
/// Only the author and their delegates can do this.
///
/// ```text
/// http -a mj:bulls PUT localhost:5000/tweet/115566778899 content='Six rings!'
/// ```
#[describe(request_body = Content, params(("id" = String, Path, description = "The id of a tweet")),
    responses((status = 200, body = TweetView), Problems, Conflicts, NoAccept))]
#[put("/tweet/<id>", data = "<body>")]
pub(super) async fn put(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: Authenticated,
    id: &str,
    body: Body,
) -> Answered {
    let Content { text } = Content::read(body.0)?;
    let shown = installation.posts.edit(&caller.0, guards::id("tweet", id)?, text).await?;
    Answer::ok(&TweetView::from(shown))
}
