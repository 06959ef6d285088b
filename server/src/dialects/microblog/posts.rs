use rocket::{State, post};
use twclone_domain::posts::{NewPost, NewRepost, Shown};
use twclone_domain::{Installation, Outcome};

use super::bodies::{PostBody, RepostBody};
use super::post_views::{PostView, location};
use crate::answer::{Answer, Answered};
use crate::guards::{Authenticated, Idempotency, Parameters};
use crate::openapi::{Conflicts, Problems, describe};

/// Create a post
///
/// The post is on disk before the response is sent. Followers see it some milliseconds later.
///
/// ```text
/// http -a steve:password2 POST 'localhost:5000/posts/new?message=TestMessage'
/// ```
#[describe(request_body = PostBody,
    responses((status = 201, body = PostView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/posts/new", data = "<parameters>")]
pub(super) async fn new(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    parameters: Parameters,
) -> Answered {
    let once = idempotency.once(&parameters.0);
    let PostBody { text, author } = PostBody::read(parameters.0)?;
    created(installation.posts.create(&caller.0, NewPost { author, text, once }).await?)
}

/// Repost a post
///
/// Shows the post to your followers. Reposting a repost reposts the original. You can repost a post only once.
///
/// ```text
/// http -a steve:password2 POST 'localhost:5000/repost?id=1'
/// ```
#[describe(request_body = RepostBody,
    responses((status = 201, body = PostView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/repost", data = "<parameters>")]
pub(super) async fn repost(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    parameters: Parameters,
) -> Answered {
    let once = idempotency.once(&parameters.0);
    let RepostBody { post, author } = RepostBody::read(parameters.0)?;
    created(installation.posts.repost(&caller.0, NewRepost { post, author, once }).await?)
}

fn created(done: Outcome<Shown>) -> Answered {
    let location = location(done.value.post.id);
    Answer::created(&PostView::from(done.value), location, done.replayed)
}
