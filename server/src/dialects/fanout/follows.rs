use rocket::{State, post};
use serde::Serialize;
use twclone_domain::Installation;
use utoipa::ToSchema;

use super::bodies::FollowParameters;
use crate::answer::{Answer, Answered};
use crate::guards::{Authenticated, Parameters};
use crate::openapi::{Conflicts, Problems, describe};

/// Whether the account follows another one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FanoutFollowing)]
pub(super) struct FollowingView {
    /// The user name of the other account.
    username: String,
    /// Whether the account now follows it.
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
    let done = installation.graph.follow(&caller.0, FollowParameters::read(parameters.0)?).await?;
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
    let follow = FollowParameters::read(parameters.0)?;
    let ended = installation.graph.unfollow(&caller.0, follow.follower.as_ref(), &follow.followed).await?;
    Answer::ok(&FollowingView { username: ended.followed.into(), following: false })
}
