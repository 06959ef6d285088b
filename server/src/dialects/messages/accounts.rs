use rocket::{State, get, post};
use twclone_domain::{Error, Installation};

use super::account_bodies::{LogIn, SignUp};
use super::account_views::{ProfileView, SessionView, UsersView};
use super::parameters::PageParameters;
use crate::answer::{Answer, Answered};
use crate::guards::{Body, Idempotency, MaybeBasic, Query};
use crate::openapi::{Conflicts, Problems, Unchanged};

/// Log in
///
/// Gives tokens for a user name and a password: those of the body, or those of Basic authentication.
///
/// ```text
/// http POST localhost:5000/login username=mj password=bulls
/// ```
#[utoipa::path(post, path = "/login", tag = "messages", request_body = LogIn,
    responses((status = 200, body = SessionView), Problems), security((), ("basic" = [])))]
#[post("/login", data = "<body>")]
pub(super) async fn login(installation: &State<Installation>, caller: MaybeBasic, body: Body) -> Answered {
    let accounts = &installation.accounts;
    let caller = match (LogIn::read(body.0)?, caller.0) {
        (Some(log_in), _) => accounts.authenticate(&log_in.username, log_in.password).await?,
        (None, Some(caller)) => caller,
        (None, None) => return Err(Error::invalid("username", "is missing, and so is Basic authentication").into()),
    };
    let session = accounts.log_in(&caller).await?;
    Ok(Answer::ok(&SessionView::from(session))?.not_stored())
}

/// Sign up
///
/// ```text
/// http POST localhost:5000/register username=dennis email=dennis@example.com password='worm of 1991'
/// ```
#[utoipa::path(post, path = "/register", tag = "messages", request_body = SignUp,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second try harmless, for 24 hours")),
    responses((status = 201, body = ProfileView, headers(("Location" = String))), Problems, Conflicts),
    security(()))]
#[post("/register", data = "<body>")]
pub(super) async fn register(installation: &State<Installation>, idempotency: Idempotency, body: Body) -> Answered {
    let once = idempotency.once(&body.0);
    let done = installation.accounts.register(SignUp::read(body.0)?, once).await?;
    let location = format!("/listmsg/{}", done.value.profile.name);
    Answer::created(&ProfileView::from(done.value), location, done.replayed)
}

/// List users
///
/// Public profiles of those who can be written to, newest first.
///
/// ```text
/// http localhost:5000/users/all
/// ```
#[utoipa::path(get, path = "/users/all", tag = "messages", params(PageParameters),
    responses((status = 200, body = UsersView), Problems, Unchanged), security(()))]
#[get("/users/all")]
pub(super) async fn all_users(installation: &State<Installation>, query: Query) -> Answered {
    let page = installation.accounts.list(&PageParameters::read(query.0)?).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&UsersView::from(page))?.for_everyone().with_next(next))
}
