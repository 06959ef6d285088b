//! The cookies that hold a session's tokens for browsers.

use rocket::Request;
use rocket::http::{Cookie, SameSite};
use rocket::time::Duration;
use twclone_domain::accounts::Tokens;

/// Goes with every request.
const ACCESS: &str = "access-Token";
/// Goes where further tokens are given, and where a session is ended.
const REFRESH: &str = "refresh-Token";
const REFRESH_PATH: &str = "/auth";

/// The access token that a browser holds.
pub(crate) fn access_token<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    request.cookies().get(ACCESS).map(Cookie::value).filter(|token| !token.is_empty())
}

/// The refresh token that a browser holds.
pub(crate) fn refresh_token<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    request.cookies().get(REFRESH).map(Cookie::value).filter(|token| !token.is_empty())
}

/// The cookies of these tokens, each as the value of a `Set-Cookie` header.
pub(crate) fn of(tokens: &Tokens, secure: bool) -> [String; 2] {
    [
        cookie(ACCESS, tokens.access_token.clone(), "/", tokens.expires_in, secure),
        cookie(REFRESH, tokens.refresh_token.clone(), REFRESH_PATH, tokens.refresh_expires_in, secure),
    ]
}

/// Takes both away.
pub(crate) fn none(secure: bool) -> [String; 2] {
    [cookie(ACCESS, String::new(), "/", 0, secure), cookie(REFRESH, String::new(), REFRESH_PATH, 0, secure)]
}

/// No script sees it, and no other site's page can have it sent.
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
