use rocket::{State, get, post};
use twclone_domain::Installation;

use super::account_views::{ProfileView, UsersView};
use crate::answer::{Answer, Answered};
use crate::credentials::{self, LogIn, SignUp, TokensView};
use crate::guards::{Body, Idempotency, MaybeAuthenticated, Query, RequestOrigin, Unverified};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// Log in
///
/// Returns an access token and a refresh token. The user name and the password come from the body or, if it has
/// neither, from Basic authentication.
///
/// ```text
/// http POST localhost:5000/login username=mj password=bulls
/// ```
#[describe(request_body = LogIn, responses((status = 200, body = TokensView), Problems))]
#[post("/login", data = "<body>")]
pub(super) async fn login(
    installation: &State<Installation>,
    origin: RequestOrigin,
    caller: Unverified<'_>,
    body: Body,
) -> Answered {
    let tokens = credentials::log_in(installation, &origin.0, &caller, body.0).await?;
    Ok(Answer::ok(&TokensView::from(tokens))?.not_stored())
}

/// Sign up
///
/// If sign-ups are closed, the response is 403: only administrators can create accounts.
///
/// ```text
/// http POST localhost:5000/register username=dennis email=dennis@example.com password='worm of 1991'
/// ```
#[describe(request_body = SignUp,
    responses((status = 201, body = ProfileView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/register", data = "<body>")]
pub(super) async fn register(
    installation: &State<Installation>,
    origin: RequestOrigin,
    idempotency: Idempotency,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let done = installation.accounts.register(SignUp::read(body.0)?.into(), once, &origin.0).await?;
    let location = credentials::location(&done.value);
    Answer::created(&ProfileView::from(done.value), location, done.replayed)
}

/// List users
///
/// Public profiles of active users, newest first. Users that you block or that block you are left out.
///
/// ```text
/// http localhost:5000/users/all
/// ```
#[describe(params(PageParameters), responses((status = 200, body = UsersView), Problems, Unchanged))]
#[get("/users/all")]
pub(super) async fn all_users(
    installation: &State<Installation>,
    caller: MaybeAuthenticated,
    query: Query,
) -> Answered {
    let page = installation.accounts.list(caller.0.as_ref(), &PageParameters::read(query.0)?).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&UsersView::from(page))?.with_next(next))
}
