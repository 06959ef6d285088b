use rocket::{State, get, post};
use twclone_domain::Installation;
use twclone_domain::posts::NewComment;

use super::bodies::PostBody;
use super::post_views::{CommentView, CommentsView, location};
use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Body, Idempotency, MaybeAuthenticated, Query};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// Comment on a post
///
/// A comment on a repost is added to the original.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/posts-api/v1/posts/1/comments content='Well said.'
/// ```
#[describe(request_body = PostBody, params(("id" = String, Path, description = "The id of a post")),
    responses((status = 201, body = CommentView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/posts-api/v1/posts/<id>/comments", data = "<body>")]
pub(super) async fn add(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    id: &str,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let PostBody { text, author } = PostBody::read(body.0)?;
    let comment = NewComment { post: guards::id("post", id)?, author, text, once };
    let done = installation.posts.comment(&caller.0, comment).await?;
    let location = location(&done.value);
    Answer::created(&CommentView::from(done.value), location, done.replayed)
}

/// List the comments on a post
///
/// Comments, oldest first. A deleted comment that has replies is replaced by an object with its `id` and
/// `"deleted": true`. The comments on a deleted post stay listed as long as there are any.
///
/// ```text
/// http localhost:5000/posts-api/v1/posts/1/comments
/// ```
#[describe(params(("id" = String, Path, description = "The id of a post"), PageParameters),
    responses((status = 200, body = CommentsView), Problems, Unchanged))]
#[get("/posts-api/v1/posts/<id>/comments")]
pub(super) async fn list(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    id: &str,
    query: Query,
) -> Answered {
    let request = PageParameters::read(query.0)?;
    let page = installation.posts.comments(caller.0.as_ref(), guards::id("post", id)?, &request).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&CommentsView::from(page))?.with_next(next))
}
