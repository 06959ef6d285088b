//! CORS (Fetch standard): which pages of other sites may read responses. `Access-Control-Allow-Credentials` is never
//! sent, so cookies are never shared with them. Such pages send Basic or Bearer credentials themselves.

use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue,
    ORIGIN, VARY,
};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::answers::Answer;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// Request headers that clients send and that need permission.
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match");
/// Response headers that a page may read and that need permission.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Link, Location, ETag, Retry-After, X-Request-Id, Idempotency-Replayed, RateLimit, RateLimit-Policy",
);
/// How long a browser caches a preflight response, in seconds. Chromium caps it at this value.
const REMEMBERED: HeaderValue = HeaderValue::from_static("7200");

/// The origins whose pages may read responses.
#[derive(Debug, Clone)]
pub(crate) enum Cors {
    Off,
    Any,
    /// In lower case.
    Only(Vec<String>),
}

impl Cors {
    /// Creates the policy from a list of origins. `*` allows any.
    pub(crate) fn new(origins: &[String]) -> Self {
        if origins.iter().any(|origin| origin == "*") {
            Self::Any
        } else if origins.is_empty() {
            Self::Off
        } else {
            Self::Only(origins.iter().map(|origin| origin.to_ascii_lowercase()).collect())
        }
    }

    /// Returns whether the pages of all sites may read responses.
    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }

    /// Returns whether this is a preflight request. It carries no credentials.
    pub(super) fn is_preflight(&self, request: &Parts) -> bool {
        !matches!(self, Self::Off)
            && request.method == Method::OPTIONS
            && request.headers.contains_key(ORIGIN)
            && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// Returns the value of `Access-Control-Allow-Origin` for a request, if its page may read the response.
    pub(super) fn allowed(&self, request: &HeaderMap) -> Option<HeaderValue> {
        match self {
            Self::Off => None,
            // Sent even without an `Origin`, because a cache may serve the response to a page of another origin.
            Self::Any => Some(HeaderValue::from_static("*")),
            Self::Only(origins) => {
                let origin = request.get(ORIGIN)?;
                let text = origin.to_str().ok()?;
                origins.iter().any(|allowed| text.eq_ignore_ascii_case(allowed)).then(|| origin.clone())
            }
        }
    }

    /// Adds the CORS headers to a response.
    pub(super) fn mark(&self, allowed: Option<HeaderValue>, answer: &mut Answer) {
        let headers = answer.headers_mut();
        if matches!(self, Self::Only(_)) {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

/// Returns the response to a preflight request. It is the same for every path: the request itself gets the 404.
pub(super) fn preflight(request_id: &str) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", id);
    }
    answer
}
