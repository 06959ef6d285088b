use rocket::{State, delete, get, post};
use serde::Serialize;
use twclone_domain::graph::{Follow, Following, Person};
use twclone_domain::{Error, Id, Installation, Timestamp};
use utoipa::ToSchema;

use super::bodies::Follower;
use crate::answer::{Answer, Answered};
use crate::guards::{self, Accepting, Authenticated, Idempotency, MaybeAuthenticated, Parameters, Query, UserInPath};
use crate::openapi::{Conflicts, NoAccept, Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// A follower.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopFollowerOfUser)]
struct FollowerView {
    /// The account id.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    user_id: Id,
    /// The user name.
    username: String,
    /// When the follow began.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

impl From<Person> for FollowerView {
    fn from(person: Person) -> Self {
        Self { user_id: person.summary.id, username: person.summary.name.to_string(), since: person.since }
    }
}

/// A page of the followers of an account, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopFollowers)]
pub(super) struct FollowersView {
    followers: Vec<FollowerView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Whether the account follows another one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopFollowing)]
pub(super) struct FollowingView {
    /// The user name of the other account.
    username: String,
    /// Whether the account now follows it.
    following: bool,
    /// When the follow began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

impl From<Following> for FollowingView {
    fn from(following: Following) -> Self {
        Self { username: following.followed.into(), following: true, since: Some(following.since) }
    }
}

/// List a user's followers
///
/// Newest first.
///
/// ```text
/// http localhost:5000/followers/mj
/// ```
#[describe(params(UserInPath, PageParameters),
    responses((status = 200, body = FollowersView), Problems, Unchanged, NoAccept))]
#[get("/followers/<user>")]
pub(super) async fn list(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    user: &str,
    query: Query,
) -> Answered {
    let request = PageParameters::read(query.0)?;
    let (_, page) = installation.graph.followers(caller.0.as_ref(), &guards::user(user)?, &request).await?;
    let next = page.next.clone();
    let followers = page.items.into_iter().map(FollowerView::from).collect();
    Ok(Answer::ok(&FollowersView { followers, next: page.next })?.with_next(next))
}

/// Follow a user
///
/// The response is 409 if you already follow the user, or if the user is yourself.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/followers/chris
/// ```
#[describe(request_body(content = Option<Follower>), params(UserInPath, Follower),
    responses((status = 201, body = FollowingView, headers(("Location" = String))), Problems, Conflicts, NoAccept))]
#[post("/followers/<user>", data = "<parameters>")]
pub(super) async fn add(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    user: &str,
    parameters: Parameters,
) -> Answered {
    let once = idempotency.once(&parameters.0);
    let Follower { follower } = Follower::read(parameters.0)?;
    let done = installation.graph.follow(&caller.0, Follow { follower, followed: guards::user(user)?, once }).await?;
    let Following { follower: who, followed: whom, is_new, .. } = &done.value;
    if !is_new && !done.replayed {
        return Err(Error::Conflict(format!("{who} follows {whom} already")).into());
    }
    let location = format!("/followers/{whom}");
    Answer::created(&FollowingView::from(done.value), location, done.replayed)
}

/// Unfollow a user
///
/// The response is 404 if you do not follow the user.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/followers/chris
/// ```
#[describe(request_body(content = Option<Follower>), params(UserInPath, Follower),
    responses((status = 200, body = FollowingView), Problems, Conflicts, NoAccept))]
#[delete("/followers/<user>", data = "<parameters>")]
pub(super) async fn delete(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    parameters: Parameters,
) -> Answered {
    let (Follower { follower }, user) = (Follower::read(parameters.0)?, guards::user(user)?);
    let ended = installation.graph.unfollow(&caller.0, follower.as_ref(), &user).await?;
    if !ended.had_followed {
        return Err(Error::NotFound(format!("{} does not follow {}", ended.follower, ended.followed)).into());
    }
    Answer::ok(&FollowingView { username: ended.followed.into(), following: false, since: None })
}
