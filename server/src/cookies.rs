//! The cookies that hold a session's tokens for browsers.

use rocket::Request;
use rocket::http::{Cookie, SameSite};
use rocket::time::Duration;
use twclone_domain::accounts::Tokens;

/// The cookie with the access token. Browsers send it with every request.
const ACCESS: &str = "access-Token";
/// The cookie with the refresh token. Browsers send it only to paths below `/auth`, where tokens are refreshed and
/// sessions end.
const REFRESH: &str = "refresh-Token";
const REFRESH_PATH: &str = "/auth";

/// Returns the access token in the cookies of a request.
pub(crate) fn access_token<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    request.cookies().get(ACCESS).map(Cookie::value).filter(|token| !token.is_empty())
}

/// Returns the refresh token in the cookies of a request.
pub(crate) fn refresh_token<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    request.cookies().get(REFRESH).map(Cookie::value).filter(|token| !token.is_empty())
}

/// Returns the cookies for these tokens, each as the value of a `Set-Cookie` header.
pub(crate) fn of(tokens: &Tokens, secure: bool) -> [String; 2] {
    [
        cookie(ACCESS, tokens.access_token.clone(), "/", tokens.expires_in, secure),
        cookie(REFRESH, tokens.refresh_token.clone(), REFRESH_PATH, tokens.refresh_expires_in, secure),
    ]
}

/// Returns the values of `Set-Cookie` that delete both cookies.
pub(crate) fn none(secure: bool) -> [String; 2] {
    [cookie(ACCESS, String::new(), "/", 0, secure), cookie(REFRESH, String::new(), REFRESH_PATH, 0, secure)]
}

/// Builds a cookie that scripts cannot read, and that browsers do not send with requests from other sites.
fn cookie(name: &'static str, value: String, path: &'static str, seconds: i64, secure: bool) -> String {
    Cookie::build((name, value))
        .path(path)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(secure)
        .max_age(Duration::seconds(seconds))
        .build()
        .to_string()
}
