//! Cross-origin requests: which pages of other sites may read answers (CORS, in the Fetch standard). Cookies are never
//! shared with them: `Access-Control-Allow-Credentials` is never sent. Their clients send Basic or Bearer themselves.

use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue,
    ORIGIN, VARY,
};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::answers::Answer;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// What clients send beyond what needs no permission.
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match");
/// What a page may read of an answer beyond what needs no permission.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Link, Location, ETag, Retry-After, X-Request-Id, Idempotency-Replayed, RateLimit, RateLimit-Policy",
);
/// For how many seconds a browser remembers the answer to a preflight; Chromium takes no more.
const REMEMBERED: HeaderValue = HeaderValue::from_static("7200");

/// The origins whose pages may read answers.
#[derive(Debug, Clone)]
pub(crate) enum Cors {
    Off,
    Any,
    /// These, in lower case.
    Only(Vec<String>),
}

impl Cors {
    /// From a list of origins, of which `*` is any.
    pub(crate) fn new(origins: &[String]) -> Self {
        if origins.iter().any(|origin| origin == "*") {
            Self::Any
        } else if origins.is_empty() {
            Self::Off
        } else {
            Self::Only(origins.iter().map(|origin| origin.to_ascii_lowercase()).collect())
        }
    }

    /// Whether the pages of all sites may read answers.
    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }

    /// Whether a browser asks what a page may send. Then it sends no credentials yet.
    pub(super) fn is_preflight(&self, request: &Parts) -> bool {
        !matches!(self, Self::Off)
            && request.method == Method::OPTIONS
            && request.headers.contains_key(ORIGIN)
            && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// The value of `Access-Control-Allow-Origin` for a request, if its page may read the answer.
    pub(super) fn allowed(&self, request: &HeaderMap) -> Option<HeaderValue> {
        match self {
            Self::Off => None,
            // Whether or not the request names an origin: a cache may keep the answer for another one.
            Self::Any => Some(HeaderValue::from_static("*")),
            Self::Only(origins) => {
                let origin = request.get(ORIGIN)?;
                let text = origin.to_str().ok()?;
                origins.iter().any(|allowed| text.eq_ignore_ascii_case(allowed)).then(|| origin.clone())
            }
        }
    }

    /// Says in an answer who may read it.
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

/// The answer to a preflight, the same for every path: what is not there is told to the request itself.
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
