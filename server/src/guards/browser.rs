use rocket::Request;
use rocket::http::Method;
use rocket::http::uri::Absolute;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use twclone_domain::accounts::Tokens;

use crate::answer::Answer;
use crate::problem::Problem;
use crate::{catchers, cookies, observe};

/// What matters of a client that may be a browser. A page of another site can make a browser send its cookies, and can
/// have cookies set: so none of them counts then, and none is set. Such a page may still ask with credentials of its own,
/// where the operator lets its site (`--cors-origins`); else it is refused.
pub(crate) struct Browser<'r> {
    /// Whether it came over TLS.
    secure: bool,
    is_same_origin: bool,
    refresh_token: Option<&'r str>,
}

impl Browser<'_> {
    /// The refresh token that it holds in a cookie, where the cookie counts.
    pub(crate) fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.filter(|_| self.is_same_origin)
    }

    /// Why nothing is known of who asks: a page of another site made it send the cookie, or else `other`.
    pub(crate) fn unknown(&self, other: Problem) -> Problem {
        if self.refresh_token.is_some() && !self.is_same_origin { Problem::cross_site() } else { other }
    }

    /// An answer that gives it these tokens as cookies.
    pub(crate) fn keep(&self, tokens: &Tokens, answer: Answer) -> Answer {
        self.set(answer, |secure| cookies::of(tokens, secure))
    }

    /// An answer that takes the cookies away.
    pub(crate) fn forget(&self, answer: Answer) -> Answer {
        self.set(answer, cookies::none)
    }

    fn set(&self, answer: Answer, cookies: impl FnOnce(bool) -> [String; 2]) -> Answer {
        if self.is_same_origin { answer.with_cookies(cookies(self.secure)) } else { answer.not_stored() }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Browser<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let (is_same_origin, context) = (is_same_origin(request), observe::context(request));
        if is_same_origin || context.may_read {
            let refresh_token = cookies::refresh_token(request);
            Outcome::Success(Self { secure: context.secure, is_same_origin, refresh_token })
        } else {
            Outcome::Error(catchers::remember(request, Problem::cross_site()))
        }
    }
}

/// Browsers say from where they ask: in `Sec-Fetch-Site`, older ones in `Origin`. What says neither is no browser, and
/// nobody can make it send somebody else's cookies. (The rule of Go's `net/http.CrossOriginProtection`.)
pub(super) fn is_same_origin(request: &Request<'_>) -> bool {
    if matches!(request.method(), Method::Get | Method::Head | Method::Options) {
        return true;
    }
    let one = |name| request.headers().get_one(name);
    match (one("Sec-Fetch-Site"), one("Origin"), one("Host")) {
        (Some(site), _, _) => matches!(site, "same-origin" | "none"),
        (None, None, _) => true,
        (None, Some(origin), Some(host)) => is_at(origin, host, observe::context(request).secure),
        (None, Some(_), None) => false,
    }
}

/// Whether an origin is this host's. Behind TLS of which nobody told, the schemes cannot be compared.
fn is_at(origin: &str, host: &str, secure: bool) -> bool {
    let Ok(origin) = Absolute::parse(origin) else { return false };
    let authority = origin.authority().map(ToString::to_string).unwrap_or_default();
    authority.eq_ignore_ascii_case(host) && (!secure || origin.scheme() == "https")
}
