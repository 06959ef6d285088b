use rocket::{State, get, post};
use serde::Serialize;
use twclone_domain::accounts::Account;
use twclone_domain::{Id, Installation, Timestamp};
use utoipa::ToSchema;

use super::views::AboutView;
use crate::answer::{Answer, Answered};
use crate::credentials::{self, LogIn, SignUp, TokensView};
use crate::guards::{Body, Idempotency, RequestOrigin, Unverified};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};

/// Describe the service
///
/// ```text
/// http localhost:5000/auth-api/v1
/// ```
#[describe(responses((status = 200, body = AboutView), Unchanged))]
#[get("/auth-api/v1")]
pub(super) fn about() -> Answered {
    let routes = &["POST /auth-api/v1/register", "POST /auth-api/v1/login"];
    Ok(Answer::ok(&AboutView::new("auth-api", "Signs up and logs in.", routes))?.for_everyone())
}

/// An account, as shown to its owner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestUser)]
pub(super) struct UserView {
    /// The id: a decimal number of up to 63 bits.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The user name.
    username: String,
    /// The display name, or else the user name.
    name: String,
    /// The time at which the account was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Account> for UserView {
    fn from(account: Account) -> Self {
        let username = account.profile.name.to_string();
        let name = account.profile.full_name.map_or_else(|| username.clone(), String::from);
        Self { id: account.id, username, name, created_at: account.created_at }
    }
}

/// Sign up
///
/// If sign-ups are closed, the response is 403: only administrators can create accounts.
///
/// ```text
/// http POST localhost:5000/auth-api/v1/register username=dennis password='worm of 1991' name=Dennis \
///   email=dennis@example.com
/// ```
#[describe(request_body = SignUp,
    responses((status = 201, body = UserView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/auth-api/v1/register", data = "<body>")]
pub(super) async fn register(
    installation: &State<Installation>,
    origin: RequestOrigin,
    idempotency: Idempotency,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let done = installation.accounts.register(SignUp::read(body.0)?.into(), once, &origin.0).await?;
    let location = credentials::location(&done.value);
    Answer::created(&UserView::from(done.value), location, done.replayed)
}

/// Log in
///
/// ```text
/// http POST localhost:5000/auth-api/v1/login username=mj password=bulls
/// ```
#[describe(request_body = LogIn, responses((status = 200, body = TokensView), Problems))]
#[post("/auth-api/v1/login", data = "<body>")]
pub(super) async fn login(
    installation: &State<Installation>,
    origin: RequestOrigin,
    caller: Unverified<'_>,
    body: Body,
) -> Answered {
    let tokens = credentials::log_in(installation, &origin.0, &caller, body.0).await?;
    Ok(Answer::ok(&TokensView::from(tokens))?.not_stored())
}
