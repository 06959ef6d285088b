use rocket::{State, post};
use serde::Serialize;
use twclone_domain::Installation;
use twclone_domain::graph::Follow;
use utoipa::ToSchema;

use super::bodies::FollowParameters;
use crate::answer::{Answer, Answered};
use crate::guards::{Authenticated, Parameters};
use crate::openapi::{Conflicts, Problems, describe};
use crate::requests::InAnyPart;

/// The state of a follow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FanoutFollowing)]
pub(super) struct FollowingView {
    /// The account.
    username: String,
    /// Whether the account is followed now.
    following: bool,
}

/// Follow a user
///
/// The user's tweets appear in your home timeline, including the latest earlier ones. Changes nothing if you already
/// follow the user.
///
/// ```text
/// http -a mj:bulls POST 'localhost:5000/user/follow?username=chris'
/// ```
#[describe(params(FollowParameters), request_body(content = Option<FollowParameters>),
    responses((status = 200, body = FollowingView), Problems, Conflicts))]
#[post("/user/follow", data = "<parameters>")]
pub(super) async fn follow(
    installation: &State<Installation>,
    caller: Authenticated,
    parameters: Parameters,
) -> Answered {
    let FollowParameters { followed: InAnyPart(followed), follower } = FollowParameters::read(parameters.0)?;
    let done = installation.graph.follow(&caller.0, Follow { follower, followed, once: None }).await?;
    Answer::ok(&FollowingView { username: done.value.followed.into(), following: true })
}

/// Unfollow a user
///
/// Changes nothing if you do not follow the user.
///
/// ```text
/// http -a mj:bulls POST 'localhost:5000/user/unfollow?username=chris'
/// ```
#[describe(params(FollowParameters), request_body(content = Option<FollowParameters>),
    responses((status = 200, body = FollowingView), Problems, Conflicts))]
#[post("/user/unfollow", data = "<parameters>")]
pub(super) async fn unfollow(
    installation: &State<Installation>,
    caller: Authenticated,
    parameters: Parameters,
) -> Answered {
    let FollowParameters { followed: InAnyPart(followed), follower } = FollowParameters::read(parameters.0)?;
    let ended = installation.graph.unfollow(&caller.0, follower.as_ref(), &followed).await?;
    Answer::ok(&FollowingView { username: ended.followed.into(), following: false })
}
