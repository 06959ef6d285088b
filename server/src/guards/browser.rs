use rocket::Request;
use rocket::http::Method;
use rocket::http::uri::Absolute;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use twclone_domain::accounts::Tokens;

use crate::answer::Answer;
use crate::problem::Problem;
use crate::{catchers, cookies, observe};

/// A client that may be a browser. A page of another site can make a browser send its cookies and store new ones. For
/// a request from such a page, cookies are therefore ignored, and none are set. The page may still send credentials
/// of its own if the operator allows its site (`--cors-origins`). Otherwise, the request is refused.
pub(crate) struct Browser<'r> {
    /// Whether the request came over TLS.
    secure: bool,
    is_same_origin: bool,
    refresh_token: Option<&'r str>,
}

impl Browser<'_> {
    /// Returns the refresh token in the cookie, unless a page of another site sent the request.
    pub(crate) fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.filter(|_| self.is_same_origin)
    }

    /// Returns why the caller is unknown: a page of another site made the browser send the cookie, or else `other`.
    pub(crate) fn unknown(&self, other: Problem) -> Problem {
        if self.refresh_token.is_some() && !self.is_same_origin { Problem::cross_site() } else { other }
    }

    /// Adds these tokens to an answer, as cookies.
    pub(crate) fn keep(&self, tokens: &Tokens, answer: Answer) -> Answer {
        self.set(answer, |secure| cookies::of(tokens, secure))
    }

    /// Makes an answer delete the cookies.
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

/// Returns whether the cookies of a request may be used: it only reads, or no page of another site sent it. Browsers
/// send `Sec-Fetch-Site`, older ones `Origin`. A client that sends neither is no browser, so that no page can make it
/// send cookies. (The rule of Go's `net/http.CrossOriginProtection`.)
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

/// Returns whether an origin is that of this host. The scheme is compared only if the request is known to have come
/// over TLS: a proxy may have ended TLS without reporting it.
fn is_at(origin: &str, host: &str, secure: bool) -> bool {
    let Ok(origin) = Absolute::parse(origin) else { return false };
    let authority = origin.authority().map(ToString::to_string).unwrap_or_default();
    authority.eq_ignore_ascii_case(host) && (!secure || origin.scheme() == "https")
}
