use rocket::{State, delete, get, post, put};
use twclone_domain::Installation;
use twclone_domain::posts::NewPost;

use super::bodies::{EditBody, PostBody};
use super::post_views::{HistoryView, PostView, PostsView, location};
use super::views::AboutView;
use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Body, Idempotency, MaybeAuthenticated, Query};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// Describe the service
///
/// ```text
/// http localhost:5000/posts-api/v1
/// ```
#[describe(responses((status = 200, body = AboutView), Unchanged))]
#[get("/posts-api/v1")]
pub(super) fn about() -> Answered {
    let routes = &[
        "GET /posts-api/v1/feed",
        "POST /posts-api/v1/posts",
        "GET /posts-api/v1/posts/{id}",
        "PUT /posts-api/v1/posts/{id}",
        "DELETE /posts-api/v1/posts/{id}",
        "GET /posts-api/v1/posts/{id}/history",
        "POST /posts-api/v1/posts/{id}/comments",
        "GET /posts-api/v1/posts/{id}/comments",
        "POST /posts-api/v1/posts/{id}/like",
        "DELETE /posts-api/v1/posts/{id}/like",
        "POST /posts-api/v1/posts/{id}/likes",
        "DELETE /posts-api/v1/posts/{id}/likes",
    ];
    Ok(Answer::ok(&AboutView::new("posts-api", "Posts, comments and likes.", routes))?.for_everyone())
}

/// List your feed
///
/// Your own posts and those of the users that you follow, newest first.
///
/// ```text
/// http -a mj:bulls GET localhost:5000/posts-api/v1/feed
/// ```
#[describe(params(PageParameters), responses((status = 200, body = PostsView), Problems, Unchanged))]
#[get("/posts-api/v1/feed")]
pub(super) async fn feed(installation: &State<Installation>, caller: Authenticated, query: Query) -> Answered {
    let page = installation.timelines.home(&caller.0, None, &PageParameters::read(query.0)?).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&PostsView::of(installation, Some(&caller.0), page).await?)?.with_next(next))
}

/// Create a post
///
/// The post is on disk before the response is sent. Followers see it some milliseconds later.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/posts-api/v1/posts content="I'm back."
/// ```
#[describe(request_body = PostBody,
    responses((status = 201, body = PostView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/posts-api/v1/posts", data = "<body>")]
pub(super) async fn create(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let PostBody { text, author } = PostBody::read(body.0)?;
    let done = installation.posts.create(&caller.0, NewPost { author, text, once }).await?;
    let location = location(&done.value);
    Answer::created(&PostView::of(installation, Some(&caller.0), done.value).await?, location, done.replayed)
}

/// Show a post
///
/// ```text
/// http localhost:5000/posts-api/v1/posts/1
/// ```
#[describe(params(("id" = String, Path, description = "The id of a post")),
    responses((status = 200, body = PostView), Problems, Unchanged))]
#[get("/posts-api/v1/posts/<id>")]
pub(super) async fn show(installation: &State<Installation>, caller: MaybeAuthenticated, id: &str) -> Answered {
    let reader = caller.0.as_ref();
    let post = installation.posts.get(reader, guards::id("post", id)?).await?;
    Answer::ok(&PostView::of(installation, reader, post).await?)
}

/// Edit a post
///
/// Only the author and their delegates can edit a post. Its previous text stays in its history.
///
/// ```text
/// http -a mj:bulls PUT localhost:5000/posts-api/v1/posts/1 content='I am back.'
/// ```
#[describe(request_body = EditBody, params(("id" = String, Path, description = "The id of a post")),
    responses((status = 200, body = PostView), Problems, Conflicts))]
#[put("/posts-api/v1/posts/<id>", data = "<body>")]
pub(super) async fn edit(installation: &State<Installation>, caller: Authenticated, id: &str, body: Body) -> Answered {
    let EditBody { text } = EditBody::read(body.0)?;
    let post = installation.posts.edit(&caller.0, guards::id("post", id)?, text).await?;
    Answer::ok(&PostView::of(installation, Some(&caller.0), post).await?)
}

/// Delete a post
///
/// Only the author and their delegates can delete a post. The post and its reposts disappear at once.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/posts-api/v1/posts/1
/// ```
#[describe(params(("id" = String, Path, description = "The id of a post")), responses((status = 204), Problems))]
#[delete("/posts-api/v1/posts/<id>")]
pub(super) async fn delete(installation: &State<Installation>, caller: Authenticated, id: &str) -> Answered {
    installation.posts.delete(&caller.0, guards::id("post", id)?).await?;
    Ok(Answer::nothing())
}

/// List the revisions of a post
///
/// The text of the post before each edit, oldest first.
///
/// ```text
/// http localhost:5000/posts-api/v1/posts/1/history
/// ```
#[describe(params(("id" = String, Path, description = "The id of a post"), PageParameters),
    responses((status = 200, body = HistoryView), Problems, Unchanged))]
#[get("/posts-api/v1/posts/<id>/history")]
pub(super) async fn history(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    id: &str,
    query: Query,
) -> Answered {
    let request = PageParameters::read(query.0)?;
    let page = installation.posts.revisions(caller.0.as_ref(), guards::id("post", id)?, &request).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&HistoryView::from(page))?.with_next(next))
}
