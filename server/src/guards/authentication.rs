use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rocket::Request;
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use twclone_domain::accounts::{Allowance, Caller, Password};
use twclone_domain::{Error, Installation};

use super::{browser, origin};
use crate::catchers;
use crate::cookies;
use crate::problem::Problem;

/// Somebody who has proved who he is, with Basic, a token, or the cookie that holds one; anyone else gets 401.
pub(crate) struct Authenticated(pub(crate) Caller);

/// The same where nobody need be: who says nothing of himself is nobody, who says something wrong gets 401. A cookie
/// that counts no more says nothing.
pub(crate) struct MaybeAuthenticated(pub(crate) Option<Caller>);

/// Somebody who has proved who he is with his password, here or to a gateway, or says nothing of himself; who says
/// something wrong, or has but the token of a session, gets 401. For logging in: that must not give further ones.
pub(crate) struct MaybeBasic(pub(crate) Option<Caller>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Authenticated {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let detail = "send a user name and a password (Basic) or an access token from POST /login (Bearer)";
        let found = authenticate(request).await;
        outcome(request, found.and_then(|found| found.map(Self).ok_or(Refused::because(detail))))
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for MaybeAuthenticated {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let found = match authenticate(request).await {
            Err(Refused { by_cookie: true, .. }) => Ok(None),
            found => found,
        };
        outcome(request, found.map(Self))
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for MaybeBasic {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let detail = "log in with a user name and a password; a token does not give further ones";
        let found = match by_header(request).await {
            Ok(Some(caller)) if caller.session().is_some() => Err(Refused::because(detail)),
            found => found,
        };
        outcome(request, found.map(Self))
    }
}

fn outcome<T>(request: &Request<'_>, found: Result<T, Refused>) -> Outcome<T, (Status, ()), Status> {
    match found {
        Ok(found) => Outcome::Success(found),
        Err(refused) => Outcome::Error(catchers::remember(request, refused.problem)),
    }
}

/// Why somebody is not believed.
struct Refused {
    problem: Problem,
    by_cookie: bool,
}

impl Refused {
    fn because(detail: &str) -> Self {
        Self::from(Problem::unauthenticated(detail))
    }
}

impl<P: Into<Problem>> From<P> for Refused {
    fn from(problem: P) -> Self {
        Self { problem: problem.into(), by_cookie: false }
    }
}

async fn authenticate(request: &Request<'_>) -> Result<Option<Caller>, Refused> {
    if let Some(found) = by_header(request).await? {
        return Ok(Some(found));
    }
    let Some(token) = cookies::access_token(request) else { return Ok(None) };
    if !browser::is_same_origin(request) {
        return Err(Problem::cross_site().into());
    }
    match accept(request, installation(request)?.accounts.authenticate_token(token, &origin::origin(request)).await) {
        Ok(caller) => Ok(Some(caller)),
        Err(refused) => Err(Refused { by_cookie: refused.problem.status() == Status::Unauthorized, ..refused }),
    }
}

async fn by_header(request: &Request<'_>) -> Result<Option<Caller>, Refused> {
    let mut headers = request.headers().get("Authorization");
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(Problem::unreadable("the header Authorization is there more than once").into());
    }
    let accounts = &installation(request)?.accounts;
    let origin = origin::origin(request);
    let (scheme, secret) = header.split_once(' ').unwrap_or((header, ""));
    let found = if scheme.eq_ignore_ascii_case("basic") {
        let (name, password) = basic(secret.trim()).ok_or_else(|| {
            Refused::because("the Basic credentials cannot be read: they are base64 of name:password in UTF-8")
        })?;
        accounts.authenticate(&name, password, &origin).await
    } else if scheme.eq_ignore_ascii_case("bearer") {
        accounts.authenticate_token(secret.trim(), &origin).await
    } else {
        return Err(Refused::because("the header Authorization must be Basic or Bearer"));
    };
    accept(request, found).map(Some)
}

/// Counts the request of whoever is known now.
fn accept(request: &Request<'_>, found: Result<Caller, Error>) -> Result<Caller, Refused> {
    let caller = found?;
    if let Some(allowance) = installation(request)?.accounts.count_request(&caller) {
        request.local_cache(|| Some(allowance));
        allowance.admit()?;
    }
    Ok(caller)
}

/// What is left of the rate of requests of whoever calls.
pub(crate) fn allowance(request: &Request<'_>) -> Option<Allowance> {
    *request.local_cache(|| None::<Allowance>)
}

fn installation<'r>(request: &'r Request<'_>) -> Result<&'r Installation, Error> {
    request.rocket().state().ok_or_else(|| Error::internal("there is no installation"))
}

/// RFC 7617: the name goes up to the first colon.
pub(crate) fn basic(secret: &str) -> Option<(String, Password)> {
    let text = String::from_utf8(STANDARD.decode(secret).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), Password::new(password.to_owned())))
}
