use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rocket::Request;
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use twclone_domain::accounts::{Allowance, Caller, Origin, Password};
use twclone_domain::{Error, Installation};

use super::{browser, origin};
use crate::catchers;
use crate::cookies;
use crate::edge::EdgeToken;
use crate::observe;
use crate::problem::Problem;

/// A caller who has authenticated with Basic, a token, or the cookie that holds one. Other requests get 401.
pub(crate) struct Authenticated(pub(crate) Caller);

/// The caller, where authentication is optional. A request without credentials is anonymous; wrong credentials get
/// 401. A cookie that is no longer valid is ignored.
pub(crate) struct MaybeAuthenticated(pub(crate) Option<Caller>);

/// The credentials in the headers of a request, which are verified when a handler needs them: credentials in the body
/// take precedence, and the body is read last.
pub(crate) struct Unverified<'r> {
    /// The first two `Authorization` headers. A second one is an error.
    headers: [Option<&'r str>; 2],
    cookie: Option<&'r str>,
    /// The edge token in which a gateway names the caller. It takes precedence over all credentials of the request
    /// itself.
    by_gateway: Option<&'r EdgeToken>,
    is_same_origin: bool,
    origin: Origin,
    installation: &'r Installation,
    counted: &'r Counted,
}

/// What is left of the caller's rate limit, once the caller is known.
#[derive(Default)]
struct Counted(OnceLock<Allowance>);

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
        let found = match Unverified::of(request) {
            Ok(unverified) => unverified.caller_if_known().await,
            Err(error) => Err(error.into()),
        };
        outcome(request, found.map(Self).map_err(Refused::from))
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Unverified<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        outcome(request, Self::of(request).map_err(Refused::from))
    }
}

fn outcome<T>(request: &Request<'_>, found: Result<T, Refused>) -> Outcome<T, (Status, ()), Status> {
    match found {
        Ok(found) => Outcome::Success(found),
        Err(refused) => Outcome::Error(catchers::remember(request, refused.problem)),
    }
}

/// Why authentication failed.
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
    Unverified::of(request)?.authenticate().await
}

impl<'r> Unverified<'r> {
    fn of(request: &'r Request<'_>) -> Result<Self, Error> {
        let installation = request.rocket().state().ok_or_else(|| Error::internal("there is no installation"))?;
        let mut headers = request.headers().get("Authorization");
        Ok(Self {
            headers: [headers.next(), headers.next()],
            cookie: cookies::access_token(request),
            by_gateway: observe::context(request).caller.as_ref(),
            is_same_origin: browser::is_same_origin(request),
            origin: origin::origin(request),
            installation,
            counted: request.local_cache(Counted::default),
        })
    }

    /// Returns the caller that the headers authenticate, if any. A cookie that is no longer valid is ignored.
    pub(crate) async fn caller_if_known(&self) -> Result<Option<Caller>, Problem> {
        match self.authenticate().await {
            Err(Refused { by_cookie: true, .. }) => Ok(None),
            found => found.map_err(|refused| refused.problem),
        }
    }

    /// Returns the caller for a login. It requires a password, since the token of a session must not yield further
    /// ones, and ignores cookies.
    pub(crate) async fn caller_with_password(&self) -> Result<Option<Caller>, Problem> {
        match self.by_header().await {
            Ok(Some(caller)) if caller.session().is_some() => {
                Err(Problem::unauthenticated("log in with a user name and a password; a token cannot start a session"))
            }
            found => found.map_err(|refused| refused.problem),
        }
    }

    /// Returns the caller whose valid token the headers hold. Passwords are ignored.
    pub(crate) async fn caller_with_token(&self) -> Option<Caller> {
        let has_password = self.headers[0].is_some_and(|header| scheme(header).0.eq_ignore_ascii_case("basic"));
        if has_password { None } else { self.authenticate().await.ok().flatten() }
    }

    async fn authenticate(&self) -> Result<Option<Caller>, Refused> {
        if let Some(token) = self.by_gateway {
            let found = self.installation.accounts.authenticate_edge_token(token.as_str(), &self.origin).await;
            return self.accept(found).map(Some);
        }
        if let Some(found) = self.by_header().await? {
            return Ok(Some(found));
        }
        let Some(token) = self.cookie else { return Ok(None) };
        if !self.is_same_origin {
            return Err(Problem::cross_site().into());
        }
        match self.accept(self.installation.accounts.authenticate_token(token, &self.origin).await) {
            Ok(caller) => Ok(Some(caller)),
            Err(refused) => Err(Refused { by_cookie: refused.problem.status() == Status::Unauthorized, ..refused }),
        }
    }

    async fn by_header(&self) -> Result<Option<Caller>, Refused> {
        let [Some(header), second] = self.headers else { return Ok(None) };
        if second.is_some() {
            return Err(Problem::unreadable("the header Authorization appears more than once").into());
        }
        let accounts = &self.installation.accounts;
        let (scheme, secret) = scheme(header);
        let found = if scheme.eq_ignore_ascii_case("basic") {
            let (name, password) = basic(secret.trim()).ok_or_else(|| {
                Refused::because("the Basic credentials cannot be read; send base64 of name:password in UTF-8")
            })?;
            accounts.authenticate(&name, password, &self.origin).await
        } else if scheme.eq_ignore_ascii_case("bearer") {
            accounts.authenticate_token(secret.trim(), &self.origin).await
        } else {
            return Err(Refused::because("the header Authorization must be Basic or Bearer"));
        };
        self.accept(found).map(Some)
    }

    /// Counts the request against the rate limit of the caller, who is now known.
    fn accept(&self, found: Result<Caller, Error>) -> Result<Caller, Refused> {
        let caller = found?;
        if let Some(allowance) = self.installation.accounts.count_request(&caller) {
            // A request has only one caller, so the first value stays.
            let _ = self.counted.0.set(allowance);
            allowance.admit()?;
        }
        Ok(caller)
    }
}

fn scheme(header: &str) -> (&str, &str) {
    header.split_once(' ').unwrap_or((header, ""))
}

/// Returns what is left of the caller's rate limit, if the caller is known and has one.
pub(crate) fn allowance(request: &Request<'_>) -> Option<Allowance> {
    request.local_cache(Counted::default).0.get().copied()
}

/// Decodes the credentials of Basic authentication. The name ends at the first colon (RFC 7617).
pub(crate) fn basic(secret: &str) -> Option<(String, Password)> {
    let text = String::from_utf8(STANDARD.decode(secret).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), Password::new(password.to_owned())))
}
