//! Successful responses: JSON and other texts, with the headers that every route sends.

use std::io::{self, Read as _};

use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};
use hyper::body::Bytes;
use rocket::Request;
use rocket::http::{ContentType, Header, Method, RawStr, Status};
use rocket::response::{self, Responder, Response};
use serde::Serialize;
use twclone_domain::Fingerprint;

use crate::edge::{self, Outgoing};
use crate::problem::Problem;

/// The result of a handler.
pub(crate) type Answered = Result<Answer, Problem>;

/// A successful response. On GET, it has an `ETag`, and becomes a 304 if the client's copy is current.
#[derive(Debug)]
pub(crate) struct Answer {
    status: Status,
    content_type: ContentType,
    body: Outgoing,
    cache: &'static str,
    headers: Vec<(&'static str, String)>,
    next: Option<String>,
    tag: Option<String>,
    /// The same text compressed, for clients that accept that.
    compressed: Option<&'static Compressed>,
}

impl Answer {
    fn new(status: Status, content_type: ContentType, body: impl Into<Outgoing>) -> Self {
        let body = body.into();
        let (cache, headers) = ("private, no-cache", Vec::new());
        Self { status, content_type, body, cache, headers, next: None, tag: None, compressed: None }
    }

    /// Creates a 200 for this caller alone, as JSON.
    pub(crate) fn ok(view: &impl Serialize) -> Answered {
        let body = serde_json::to_vec(view).map_err(|_| Problem::of_status(Status::InternalServerError))?;
        Ok(Self::new(Status::Ok, ContentType::JSON, body))
    }

    /// Creates a 201 for a resource that was created at the path `location`.
    pub(crate) fn created(view: &impl Serialize, location: String, replayed: bool) -> Answered {
        let mut answer = Self { status: Status::Created, ..Self::ok(view)? };
        answer.headers.push(("Location", location));
        if replayed {
            answer.headers.push(("Idempotency-Replayed", "true".to_owned()));
        }
        Ok(answer)
    }

    /// Creates a 204, without a body.
    pub(crate) fn nothing() -> Self {
        Self::new(Status::NoContent, ContentType::JSON, Vec::new())
    }

    /// Adds cookies, and forbids caches to store the response.
    pub(crate) fn with_cookies(mut self, cookies: [String; 2]) -> Self {
        self.headers.extend(cookies.map(|cookie| ("Set-Cookie", cookie)));
        self.not_stored()
    }

    /// Creates a 200 with any text that is the same for all callers.
    pub(crate) fn public(content_type: ContentType, text: Bytes) -> Self {
        Self::new(Status::Ok, content_type, text).for_everyone()
    }

    /// Creates a 200 with a text that is the same for all callers, and for as long as the process runs.
    pub(crate) fn shared(content_type: ContentType, shared: &'static Shared) -> Self {
        let answer = Self::new(Status::Ok, content_type, Outgoing::fixed(shared.text.as_bytes()));
        Self { compressed: Some(&shared.compressed), ..answer.for_everyone().tagged(shared.tag.clone()) }
    }

    /// Sets the status.
    pub(crate) fn with_status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// Marks the response as the same for all callers, so that shared caches may store it.
    pub(crate) fn for_everyone(self) -> Self {
        Self { cache: "no-cache", ..self }
    }

    /// Tells caches that the response depends on the `Accept` header.
    pub(crate) fn varying_by_accept(mut self) -> Self {
        self.headers.push(("Vary", "Accept".to_owned()));
        self
    }

    /// Forbids caches to store the response, because it holds a secret or is soon outdated.
    pub(crate) fn not_stored(self) -> Self {
        Self { cache: "no-store", ..self }
    }

    /// Sets what a browser may load for this page (Content Security Policy).
    pub(crate) fn with_policy(mut self, policy: String) -> Self {
        self.headers.push(("Content-Security-Policy", policy));
        self
    }

    /// Sets the `ETag`, which identifies the state of the resource. By default, it is computed from the body.
    pub(crate) fn tagged(self, tag: String) -> Self {
        Self { tag: Some(tag), ..self }
    }

    /// Adds a link to the next page, which this cursor identifies.
    pub(crate) fn with_next(self, next: Option<String>) -> Self {
        Self { next, ..self }
    }
}

/// A text that is created once and sent to all callers, with its `ETag`. Responses borrow it, so that a request does
/// not copy it.
#[derive(Debug)]
pub(crate) struct Shared {
    text: String,
    tag: String,
    compressed: Compressed,
}

/// A text compressed with gzip, with an `ETag` of its own.
#[derive(Debug)]
struct Compressed {
    bytes: Vec<u8>,
    tag: String,
}

impl Shared {
    /// Stores a text, compresses it and computes the `ETag` of both.
    pub(crate) fn new(text: String) -> Self {
        let mut bytes = Vec::new();
        // Compressing from memory to memory cannot fail.
        let _ = GzEncoder::new(text.as_bytes(), Compression::best()).read_to_end(&mut bytes);
        let compressed = Compressed { tag: entity_tag(&bytes), bytes };
        Self { tag: entity_tag(text.as_bytes()), text, compressed }
    }

    /// Stores a text that is compressed already.
    ///
    /// # Errors
    /// If it is not a text compressed with gzip.
    pub(crate) fn of_compressed(bytes: Vec<u8>) -> io::Result<Self> {
        let mut text = String::new();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
        let compressed = Compressed { tag: entity_tag(&bytes), bytes };
        Ok(Self { tag: entity_tag(text.as_bytes()), text, compressed })
    }

    /// Returns the text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(mut self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        if let Some(compressed) = self.compressed {
            response.header(Header::new("Vary", "Accept-Encoding"));
            if accepts_gzip(request) {
                response.header(Header::new("Content-Encoding", "gzip"));
                self.body = Outgoing::fixed(&compressed.bytes);
                self.tag = Some(compressed.tag.clone());
            }
        }
        response.header(Header::new("Cache-Control", self.cache));
        for (name, value) in self.headers {
            response.header_adjoin(Header::new(name, value));
        }
        if let Some(next) = self.next {
            response.header(Header::new("Link", link(request, &next)));
        }
        let reading = matches!(request.method(), Method::Get | Method::Head);
        if reading && self.status == Status::Ok && self.cache != "no-store" {
            let tag = self.tag.unwrap_or_else(|| entity_tag(self.body.bytes()));
            if request.headers().get("If-None-Match").any(|tags| matches(tags, &tag)) {
                return response.status(Status::NotModified).header(Header::new("ETag", tag)).ok();
            }
            response.header(Header::new("ETag", tag));
        } else if let Some(tag) = self.tag {
            response.header(Header::new("ETag", tag));
        }
        response.status(self.status);
        if self.status == Status::NoContent {
            return response.ok();
        }
        edge::hand_over(request, self.body);
        response.header(self.content_type).ok()
    }
}

/// Returns whether the client accepts gzip by name (RFC 9110, section 12.5.3).
fn accepts_gzip(request: &Request<'_>) -> bool {
    request.headers().get("Accept-Encoding").flat_map(|codings| codings.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_zero = |weight: &str| {
            let number = weight.strip_prefix(['q', 'Q']).and_then(|rest| rest.strip_prefix('='));
            number.is_some_and(|number| number.trim_matches(['0', '.']).is_empty())
        };
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip")) && !parts.any(is_zero)
    })
}

/// Computes an `ETag` from the body.
fn entity_tag(body: &[u8]) -> String {
    format!("\"{:.24}\"", Fingerprint::of([body]))
}

/// Returns whether `If-None-Match` covers a tag: by weak comparison, or with `*` (RFC 9110, section 13.1.2).
fn matches(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|wanted| wanted == "*" || wanted.trim_start_matches("W/") == tag)
}

/// Returns the `Link` header for the next page: the same request with another cursor (RFC 8288).
fn link(request: &Request<'_>, next: &str) -> String {
    let uri = request.uri();
    let query = uri.query().map(|query| query.as_str()).unwrap_or_default();
    let is_cursor = |part: &str| {
        let name = RawStr::new(part.split('=').next().unwrap_or_default()).url_decode();
        name.is_ok_and(|name| name == "cursor")
    };
    let mut parameters: Vec<_> =
        query.split('&').filter(|part| !part.is_empty() && !is_cursor(part)).map(str::to_owned).collect();
    parameters.push(format!("cursor={next}"));
    format!("<{}?{}>; rel=\"next\"", uri.path(), parameters.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compressed_text_is_the_text() {
        let shared = Shared::new("a text ".repeat(1_000));
        let again = Shared::of_compressed(shared.compressed.bytes.clone()).unwrap();
        assert_eq!((again.text(), &again.tag), (shared.text(), &shared.tag));
        assert_eq!(again.compressed.tag, shared.compressed.tag);
        assert!(shared.compressed.bytes.len() < 500);
    }
}
