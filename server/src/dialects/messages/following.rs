use rocket::{State, post, put};
use twclone_domain::Installation;
use twclone_domain::graph::Follow;

use super::tweet_bodies::{FollowBody, UnfollowBody};
use super::tweet_views::{FollowedView, UnfollowedView};
use crate::answer::{Answer, Answered};
use crate::guards::{Authenticated, Body};
use crate::openapi::{Conflicts, Problems, describe};

/// Follow a user
///
/// Changes nothing if you already follow the user.
///
/// ```text
/// http -a mj:bulls PUT localhost:5000/follow username=mj usernameToFollow=chris
/// ```
#[describe(request_body = FollowBody, responses((status = 200, body = FollowedView), Problems, Conflicts))]
#[put("/follow", data = "<body>")]
pub(super) async fn follow(installation: &State<Installation>, caller: Authenticated, body: Body) -> Answered {
    let FollowBody { follower, followed } = FollowBody::read(body.0)?;
    let done = installation.graph.follow(&caller.0, Follow { follower, followed, once: None }).await?;
    Answer::ok(&FollowedView::from(done.value))
}

/// Unfollow a user
///
/// Changes nothing if you do not follow the user.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/unfollow username=mj usernameToRemove=chris
/// ```
#[describe(request_body = UnfollowBody, responses((status = 200, body = UnfollowedView), Problems, Conflicts))]
#[post("/unfollow", data = "<body>")]
pub(super) async fn unfollow(installation: &State<Installation>, caller: Authenticated, body: Body) -> Answered {
    let UnfollowBody { follower, followed } = UnfollowBody::read(body.0)?;
    let ended = installation.graph.unfollow(&caller.0, follower.as_ref(), &followed).await?;
    Answer::ok(&UnfollowedView::of(ended.follower, ended.followed))
}
