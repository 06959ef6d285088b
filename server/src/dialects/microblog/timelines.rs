use rocket::{State, get};
use twclone_domain::posts::Shown;
use twclone_domain::{Fields, Installation, Page};

use super::bodies::AllPostsParameters;
use super::post_views::PostsView;
use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, MaybeAuthenticated, Parameters, Query, UserInPath};
use crate::openapi::{Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// List all posts
///
/// Posts of all users, newest first. With `id`, returns only that post.
///
/// ```text
/// http GET localhost:5000/allposts/
/// http GET 'localhost:5000/allposts/?id=1'
/// ```
#[describe(path = "/allposts/", params(AllPostsParameters),
    responses((status = 200, body = PostsView), Problems, Unchanged))]
#[get("/allposts", data = "<parameters>")]
pub(super) async fn all_posts(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    parameters: Parameters,
) -> Answered {
    let caller = caller.0.as_ref();
    let AllPostsParameters { id, page } = AllPostsParameters::read(parameters.0)?;
    listed(match id {
        Some(id) => Page { items: vec![installation.posts.get(caller, id).await?], next: None },
        None => installation.timelines.public(caller, &page).await?,
    })
}

/// List your home timeline
///
/// Your own posts and those of the users that you follow, newest first.
///
/// ```text
/// http -a steve:password2 GET localhost:5000/posts/home
/// ```
#[describe(params(PageParameters), responses((status = 200, body = PostsView), Problems, Unchanged))]
#[get("/posts/home")]
pub(super) async fn home(installation: &State<Installation>, caller: Authenticated, query: Query) -> Answered {
    listed(installation.timelines.home(&caller.0, None, &PageParameters::read(query.0)?).await?)
}

/// List a user's posts
///
/// The user's posts and reposts, newest first.
///
/// ```text
/// http GET localhost:5000/users/steve
/// ```
#[describe(params(UserInPath, PageParameters), responses((status = 200, body = PostsView), Problems, Unchanged))]
#[get("/users/<user>")]
pub(super) async fn of_user(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    user: &str,
    query: Query,
) -> Answered {
    user_timeline(installation, caller, user, query.0).await
}

/// List a user's posts
///
/// Equivalent to `GET /users/{user}`.
///
/// ```text
/// http GET localhost:5000/posts/steve
/// ```
#[describe(params(UserInPath, PageParameters), responses((status = 200, body = PostsView), Problems, Unchanged))]
#[get("/posts/<user>")]
pub(super) async fn by_user(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    user: &str,
    query: Query,
) -> Answered {
    user_timeline(installation, caller, user, query.0).await
}

async fn user_timeline(installation: &Installation, caller: MaybeAuthenticated, user: &str, query: Fields) -> Answered {
    let (author, request) = (guards::user(user)?, PageParameters::read(query)?);
    listed(installation.timelines.user(caller.0.as_ref(), &author, &request).await?)
}

fn listed(page: Page<Shown>) -> Answered {
    let next = page.next.clone();
    Ok(Answer::ok(&PostsView::from(page))?.with_next(next))
}
