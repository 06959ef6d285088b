use rocket::{State, get, post};
use twclone_domain::Installation;
use twclone_domain::posts::NewPost;

use super::tweet_bodies::{PostTweet, TimelineParameters};
use super::tweet_views::{TweetView, TweetsView};
use crate::answer::{Answer, Answered};
use crate::guards::{Authenticated, Body, Idempotency, MaybeAuthenticated, Parameters, Query};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;
use crate::{people, posts};

/// Post a tweet
///
/// The tweet is on disk before the response is sent. Followers see it some milliseconds later.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/postTweet username=mj tweet="I'm back."
/// ```
#[describe(request_body = PostTweet,
    responses((status = 201, body = TweetView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/postTweet", data = "<body>")]
pub(super) async fn post_tweet(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let PostTweet { text, author } = PostTweet::read(body.0)?;
    let done = installation.posts.create(&caller.0, NewPost { author, text, once }).await?;
    let location = posts::location(&done.value);
    Answer::created(&TweetView::from(done.value), location, done.replayed)
}

/// List a user's tweets
///
/// The user's tweets and reposts, newest first. Without `username`, lists your own.
///
/// ```text
/// http GET 'localhost:5000/userTimeline?username=mj'
/// http -a mj:bulls GET localhost:5000/userTimeline
/// ```
#[describe(params(TimelineParameters), responses((status = 200, body = TweetsView), Problems, Unchanged))]
#[get("/userTimeline", data = "<parameters>")]
pub(super) async fn user_timeline(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    mut parameters: Parameters,
) -> Answered {
    let own = people::own(&mut parameters.0, "username", caller.0.as_ref());
    let TimelineParameters { user, page } = TimelineParameters::read(parameters.0)?;
    let page = installation.timelines.user(caller.0.as_ref(), &user.map_or(own, Ok)?, &page).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&TweetsView::from(page))?.with_next(next))
}

/// List your home timeline
///
/// Tweets of the account and of the users that it follows, newest first. Only the account itself and its delegates can
/// list them.
///
/// ```text
/// http -a mj:bulls GET localhost:5000/homeTimeline username=mj
/// ```
#[describe(params(TimelineParameters), responses((status = 200, body = TweetsView), Problems, Unchanged))]
#[get("/homeTimeline", data = "<parameters>")]
pub(super) async fn home_timeline(
    installation: &State<Installation>,
    caller: Authenticated,
    parameters: Parameters,
) -> Answered {
    let TimelineParameters { user, page } = TimelineParameters::read(parameters.0)?;
    let page = installation.timelines.home(&caller.0, user.as_ref(), &page).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&TweetsView::from(page))?.with_next(next))
}

/// List all tweets
///
/// Newest first.
///
/// ```text
/// http localhost:5000/publicTimeline
/// ```
#[describe(params(PageParameters), responses((status = 200, body = TweetsView), Problems, Unchanged))]
#[get("/publicTimeline")]
pub(super) async fn public_timeline(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    query: Query,
) -> Answered {
    let page = installation.timelines.public(caller.0.as_ref(), &PageParameters::read(query.0)?).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&TweetsView::from(page))?.with_next(next))
}
