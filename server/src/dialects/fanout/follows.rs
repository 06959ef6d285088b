use rocket::{State, post};
use serde::Serialize;
use twclone_domain::Installation;
use utoipa::ToSchema;

use super::bodies::FollowParameters;
use crate::answer::{Answer, Answered};
use crate::guards::{Authenticated, Parameters};
use crate::openapi::{Conflicts, Problems, describe};

/// Whether the account follows the other one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FanoutFollowing)]
pub(super) struct FollowingView {
    /// Whom.
    username: String,
    /// Whether one does from now on.
    following: bool,
}

/// Follow a user
///
/// His tweets are in one's home timeline from now on, the latest older ones too. Another time changes nothing.
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
/// Where one does not follow him, nothing changes.
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
