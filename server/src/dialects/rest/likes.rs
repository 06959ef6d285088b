use rocket::{State, delete, post};
use twclone_domain::accounts::Caller;
use twclone_domain::{Fields, Installation};

use super::bodies::LikeParameters;
use super::post_views::PostView;
use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Parameters};
use crate::openapi::{Problems, describe};

/// Like a post
///
/// Liking a repost likes the original. Liking a post again changes nothing.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/posts-api/v1/posts/1/like
/// ```
#[describe(params(("id" = String, Path, description = "The id of a post"), LikeParameters),
    responses((status = 200, body = PostView), Problems))]
#[post("/posts-api/v1/posts/<id>/like", data = "<parameters>")]
pub(super) async fn like(
    installation: &State<Installation>,
    caller: Authenticated,
    id: &str,
    parameters: Parameters,
) -> Answered {
    give(installation, &caller.0, id, parameters.0).await
}

/// Like a post
///
/// Equivalent to `POST /posts-api/v1/posts/{id}/like`.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/posts-api/v1/posts/1/likes
/// ```
#[describe(params(("id" = String, Path, description = "The id of a post"), LikeParameters),
    responses((status = 200, body = PostView), Problems))]
#[post("/posts-api/v1/posts/<id>/likes", data = "<parameters>")]
pub(super) async fn likes(
    installation: &State<Installation>,
    caller: Authenticated,
    id: &str,
    parameters: Parameters,
) -> Answered {
    give(installation, &caller.0, id, parameters.0).await
}

/// Remove a like
///
/// Changes nothing if there is no like. You can remove a like even if the post's author has blocked you since. The
/// response is then 204, without the post.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/posts-api/v1/posts/1/like
/// ```
#[describe(params(("id" = String, Path, description = "The id of a post"), LikeParameters),
    responses((status = 200, body = PostView), (status = 204), Problems))]
#[delete("/posts-api/v1/posts/<id>/like", data = "<parameters>")]
pub(super) async fn unlike(
    installation: &State<Installation>,
    caller: Authenticated,
    id: &str,
    parameters: Parameters,
) -> Answered {
    take(installation, &caller.0, id, parameters.0).await
}

/// Remove a like
///
/// Equivalent to `DELETE /posts-api/v1/posts/{id}/like`.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/posts-api/v1/posts/1/likes
/// ```
#[describe(params(("id" = String, Path, description = "The id of a post"), LikeParameters),
    responses((status = 200, body = PostView), (status = 204), Problems))]
#[delete("/posts-api/v1/posts/<id>/likes", data = "<parameters>")]
pub(super) async fn unlikes(
    installation: &State<Installation>,
    caller: Authenticated,
    id: &str,
    parameters: Parameters,
) -> Answered {
    take(installation, &caller.0, id, parameters.0).await
}

async fn give(installation: &Installation, caller: &Caller, id: &str, parameters: Fields) -> Answered {
    let LikeParameters { account } = LikeParameters::read(parameters)?;
    let post = installation.posts.like(caller, account.as_ref(), guards::id("post", id)?).await?;
    Answer::ok(&PostView::of(installation, Some(caller), post).await?)
}

async fn take(installation: &Installation, caller: &Caller, id: &str, parameters: Fields) -> Answered {
    let LikeParameters { account } = LikeParameters::read(parameters)?;
    match installation.posts.unlike(caller, account.as_ref(), guards::id("post", id)?).await? {
        Some(post) => Answer::ok(&PostView::of(installation, Some(caller), post).await?),
        None => Ok(Answer::nothing()),
    }
}
