use rocket::{State, get, post};
use twclone_domain::Installation;
use twclone_domain::graph::Follow;

use super::bodies::FollowParameters;
use super::post_views::PostsView;
use super::views::{AboutView, FollowingView, PeopleView};
use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, MaybeAuthenticated, Parameters, Query, UserInPath};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// Describe the service
///
/// ```text
/// http localhost:5000/users-api/v1
/// ```
#[describe(responses((status = 200, body = AboutView), Unchanged))]
#[get("/users-api/v1")]
pub(super) fn about() -> Answered {
    let routes = &[
        "POST /users-api/v1/users/{user}/follow",
        "POST /users-api/v1/users/{user}/unfollow",
        "GET /users-api/v1/users/{user}/followers",
        "GET /users-api/v1/users/{user}/following",
        "GET /users-api/v1/users/{user}/posts",
    ];
    Ok(Answer::ok(&AboutView::new("users-api", "Who follows whom, and what they post.", routes))?.for_everyone())
}

/// Follow a user
///
/// Changes nothing if you already follow the user.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/users-api/v1/users/chris/follow
/// ```
#[describe(params(UserInPath, FollowParameters), responses((status = 200, body = FollowingView), Problems, Conflicts))]
#[post("/users-api/v1/users/<user>/follow", data = "<parameters>")]
pub(super) async fn follow(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    parameters: Parameters,
) -> Answered {
    let FollowParameters { follower } = FollowParameters::read(parameters.0)?;
    let follow = Follow { follower, followed: guards::user(user)?, once: None };
    let done = installation.graph.follow(&caller.0, follow).await?;
    Answer::ok(&FollowingView { username: done.value.followed.into(), following: true })
}

/// Unfollow a user
///
/// Changes nothing if you do not follow the user.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/users-api/v1/users/chris/unfollow
/// ```
#[describe(params(UserInPath, FollowParameters), responses((status = 200, body = FollowingView), Problems, Conflicts))]
#[post("/users-api/v1/users/<user>/unfollow", data = "<parameters>")]
pub(super) async fn unfollow(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    parameters: Parameters,
) -> Answered {
    let FollowParameters { follower } = FollowParameters::read(parameters.0)?;
    let ended = installation.graph.unfollow(&caller.0, follower.as_ref(), &guards::user(user)?).await?;
    Answer::ok(&FollowingView { username: ended.followed.into(), following: false })
}

/// List a user's followers
///
/// Newest first.
///
/// ```text
/// http localhost:5000/users-api/v1/users/chris/followers
/// ```
#[describe(params(UserInPath, PageParameters), responses((status = 200, body = PeopleView), Problems, Unchanged))]
#[get("/users-api/v1/users/<user>/followers")]
pub(super) async fn followers(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    user: &str,
    query: Query,
) -> Answered {
    let (user, request) = (guards::user(user)?, PageParameters::read(query.0)?);
    let (_, page) = installation.graph.followers(caller.0.as_ref(), &user, &request).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&PeopleView::from(page))?.with_next(next))
}

/// List the users that a user follows
///
/// Newest first.
///
/// ```text
/// http localhost:5000/users-api/v1/users/chris/following
/// ```
#[describe(params(UserInPath, PageParameters), responses((status = 200, body = PeopleView), Problems, Unchanged))]
#[get("/users-api/v1/users/<user>/following")]
pub(super) async fn following(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    user: &str,
    query: Query,
) -> Answered {
    let (user, request) = (guards::user(user)?, PageParameters::read(query.0)?);
    let (_, page) = installation.graph.following(caller.0.as_ref(), &user, &request).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&PeopleView::from(page))?.with_next(next))
}

/// List a user's posts
///
/// The user's posts and reposts, newest first.
///
/// ```text
/// http localhost:5000/users-api/v1/users/mj/posts
/// ```
#[describe(params(UserInPath, PageParameters), responses((status = 200, body = PostsView), Problems, Unchanged))]
#[get("/users-api/v1/users/<user>/posts")]
pub(super) async fn posts(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    user: &str,
    query: Query,
) -> Answered {
    let reader = caller.0.as_ref();
    let (user, request) = (guards::user(user)?, PageParameters::read(query.0)?);
    let page = installation.timelines.user(reader, &user, &request).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&PostsView::of(installation, reader, page).await?)?.with_next(next))
}
