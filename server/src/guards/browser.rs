use rocket::Request;
use rocket::http::Method;
use rocket::http::uri::Absolute;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};

use crate::problem::Problem;
use crate::{catchers, cookies, observe};

/// What matters of a client that may be a browser. Where a page of another site made it ask for something that changes
/// something, the request is refused.
pub(crate) struct Browser<'r> {
    /// Whether it came over TLS.
    pub(crate) secure: bool,
    /// The refresh token that it holds.
    pub(crate) refresh_token: Option<&'r str>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Browser<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        if is_same_origin(request) {
            Outcome::Success(Self {
                secure: observe::arrival(request).secure,
                refresh_token: cookies::refresh_token(request),
            })
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
        (None, Some(origin), Some(host)) => is_at(origin, host, observe::arrival(request).secure),
        (None, Some(_), None) => false,
    }
}

/// Whether an origin is this host's. Behind TLS of which nobody told, the schemes cannot be compared.
fn is_at(origin: &str, host: &str, secure: bool) -> bool {
    let Ok(origin) = Absolute::parse(origin) else { return false };
    let authority = origin.authority().map(ToString::to_string).unwrap_or_default();
    authority.eq_ignore_ascii_case(host) && (!secure || origin.scheme() == "https")
}
