use rocket::{State, delete, get, post};
use twclone_domain::graph::{Follow, Following};
use twclone_domain::{Error, Installation, Outcome};

use super::bodies::{FollowBody, FollowersParameters, UnfollowParameters};
use super::follower_views::{FollowerView, FollowersView, UnfollowedView};
use crate::answer::{Answer, Answered};
use crate::guards::{Authenticated, Idempotency, MaybeAuthenticated, Parameters};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::people;

/// Follow a user
///
/// The response is 409 if you already follow the user, or if the user is yourself.
///
/// ```text
/// http -a chris:password2 POST 'localhost:5000/followers/new?username=chris' friend_username=steve
/// ```
#[describe(request_body = FollowBody,
    responses((status = 201, body = FollowerView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/followers/new", data = "<parameters>")]
pub(super) async fn new(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    parameters: Parameters,
) -> Answered {
    let once = idempotency.once(&parameters.0);
    let FollowBody { follower, followed } = FollowBody::read(parameters.0)?;
    let done = installation.graph.follow(&caller.0, Follow { follower, followed, once }).await?;
    let done = only_new(done)?;
    let location = format!("/followers/?username={}", done.value.followed);
    Answer::created(&FollowerView::from(done.value), location, done.replayed)
}

/// Returns a conflict if the follow existed before. Only the replay of an earlier request succeeds again.
fn only_new(done: Outcome<Following>) -> Result<Outcome<Following>, Error> {
    if done.value.is_new || done.replayed {
        return Ok(done);
    }
    Err(Error::Conflict(format!("{} follows {} already", done.value.follower, done.value.followed)))
}

/// List followers
///
/// Followers of an account, newest first. In each entry, `username` follows `friend_username`.
///
/// ```text
/// http GET 'localhost:5000/followers/?username=steve'
/// ```
#[describe(path = "/followers/", params(FollowersParameters),
    responses((status = 200, body = FollowersView), Problems, Unchanged))]
#[get("/followers", data = "<parameters>")]
pub(super) async fn list(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    mut parameters: Parameters,
) -> Answered {
    let caller = caller.0.as_ref();
    let own = people::own(&mut parameters.0, "username", caller);
    let FollowersParameters { followed, page } = FollowersParameters::read(parameters.0)?;
    let (followed, page) = installation.graph.followers(caller, &followed.map_or(own, Ok)?, &page).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&FollowersView::of(page, &followed))?.with_next(next))
}

/// Unfollow a user
///
/// The response is 404 if you do not follow the user.
///
/// ```text
/// http -a chris:password2 DELETE 'localhost:5000/unfollow?username=chris' friend_username=steve
/// ```
#[describe(params(UnfollowParameters), responses((status = 200, body = UnfollowedView), Problems, Conflicts))]
#[delete("/unfollow", data = "<parameters>")]
pub(super) async fn unfollow(
    installation: &State<Installation>,
    caller: Authenticated,
    parameters: Parameters,
) -> Answered {
    let FollowBody { follower, followed } = FollowBody::read(parameters.0)?;
    let ended = installation.graph.unfollow(&caller.0, follower.as_ref(), &followed).await?;
    if !ended.had_followed {
        return Err(Error::NotFound(format!("{} does not follow {}", ended.follower, ended.followed)).into());
    }
    Answer::ok(&UnfollowedView::of(ended.follower, ended.followed))
}
