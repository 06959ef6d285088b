use rocket::{State, post};
use twclone_domain::accounts::{Counts, Tokens};
use twclone_domain::{Error, Fields, Installation};

use super::views::ProfileView;
use crate::answer::{Answer, Answered};
use crate::credentials::{self, LogIn, SignUp, TokensView};
use crate::guards::{Body, Browser, Idempotency, RequestOrigin, Unverified};
use crate::openapi::{Conflicts, Problems, describe};
use crate::problem::Problem;
use crate::requests::request;

/// Sign up
///
/// If sign-ups are closed, the response is 403: only administrators can create accounts.
///
/// ```text
/// http POST localhost:5000/auth/signup username=dennis email=dennis@example.com password='worm of 1991'
/// ```
#[describe(request_body = SignUp,
    responses((status = 201, body = ProfileView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/auth/signup", data = "<body>")]
pub(super) async fn signup(
    installation: &State<Installation>,
    origin: RequestOrigin,
    _browser: Browser<'_>,
    idempotency: Idempotency,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let done = installation.accounts.register(SignUp::read(body.0)?.into(), once, &origin.0).await?;
    let location = credentials::location(&done.value);
    Answer::created(&ProfileView::of(done.value, Counts::default(), None), location, done.replayed)
}

/// Log in
///
/// Returns tokens, and sets them as the cookies `access-Token` and `refresh-Token`. Pages of other sites get no
/// cookies.
///
/// ```text
/// http --session=mj POST localhost:5000/auth/login username=mj password=bulls
/// ```
#[describe(request_body = LogIn,
    responses((status = 200, body = TokensView, headers(("Set-Cookie" = String))), Problems))]
#[post("/auth/login", data = "<body>")]
pub(super) async fn login(
    installation: &State<Installation>,
    origin: RequestOrigin,
    browser: Browser<'_>,
    caller: Unverified<'_>,
    body: Body,
) -> Answered {
    let tokens = credentials::log_in(installation, &origin.0, &caller, body.0).await?;
    give(tokens, &browser)
}

fn give(tokens: Tokens, browser: &Browser<'_>) -> Answered {
    let answer = Answer::ok(&TokensView::from(tokens.clone()))?;
    Ok(browser.keep(&tokens, answer))
}

request! {
    /// The refresh token. Omit it if you use the cookie.
    pub(super) struct RefreshToken as "Refresh" {
        /// The refresh token from the login or the previous refresh.
        "refresh_token" => refresh_token: Option<String>,
    }
}

/// Returns the refresh token in the body, or else in the cookie.
fn refresh_token_of(body: Fields, browser: &Browser<'_>) -> Result<Option<String>, Error> {
    let RefreshToken { refresh_token } = RefreshToken::read(body)?;
    Ok(refresh_token.or_else(|| browser.refresh_token().map(str::to_owned)))
}

/// Log out
///
/// Ends the session of the access token or the refresh token immediately, in all processes, and deletes the cookies.
///
/// ```text
/// http -A bearer -a TOKEN POST localhost:5000/auth/logout
/// ```
#[describe(request_body = RefreshToken, responses((status = 204, headers(("Set-Cookie" = String))), Problems),
    security(("basic" = []), ("bearer" = []), ()))]
#[post("/auth/logout", data = "<body>")]
pub(super) async fn logout(
    installation: &State<Installation>,
    origin: RequestOrigin,
    browser: Browser<'_>,
    caller: Unverified<'_>,
    body: Body,
) -> Answered {
    let in_body = body.0.has("refresh_token");
    let refresh = refresh_token_of(body.0, &browser)?;
    let caller = if in_body { caller.caller_with_token().await } else { caller.caller_if_known().await? };
    if caller.is_none() && refresh.is_none() {
        let nobody = "there is no session to end: send its access token or its refresh token";
        return Err(browser.unknown(Problem::unauthenticated(nobody)));
    }
    if let Some(caller) = &caller {
        installation.accounts.log_out(caller).await?;
    }
    if let Some(refresh) = &refresh {
        installation.accounts.log_out_by_refresh_token(refresh, &origin.0).await?;
    }
    Ok(browser.forget(Answer::nothing()))
}

/// Refresh a session
///
/// Returns a new access token and a new refresh token. If the response is lost, send the same refresh token again. For
/// 30 seconds, and until the new refresh token is used, the old one returns the same new refresh token. After that,
/// using the old one ends the session.
///
/// ```text
/// http POST localhost:5000/auth/refresh-token refresh_token=TOKEN
/// ```
#[describe(request_body = RefreshToken,
    responses((status = 200, body = TokensView, headers(("Set-Cookie" = String))), Problems))]
#[post("/auth/refresh-token", data = "<body>")]
pub(super) async fn refresh_token(
    installation: &State<Installation>,
    origin: RequestOrigin,
    browser: Browser<'_>,
    body: Body,
) -> Answered {
    let refresh = refresh_token_of(body.0, &browser)?;
    let missing = || browser.unknown(Error::invalid("refresh_token", "is missing, and so is the cookie").into());
    let refresh = refresh.ok_or_else(missing)?;
    let tokens = installation.accounts.refresh(&refresh, &origin.0).await?;
    give(tokens, &browser)
}
