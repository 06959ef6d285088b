//! Answers that are no errors: JSON with the headers that every route owes.

use hyper::body::Bytes;
use rocket::Request;
use rocket::http::{ContentType, Header, Method, RawStr, Status};
use rocket::response::{self, Responder, Response};
use serde::Serialize;
use twclone_domain::Fingerprint;

use crate::edge::{self, Outgoing};
use crate::problem::Problem;

/// What a handler gives.
pub(crate) type Answered = Result<Answer, Problem>;

/// An answer. On GET it carries an `ETag`, and becomes a 304 where the client has it already.
#[derive(Debug)]
pub(crate) struct Answer {
    status: Status,
    content_type: ContentType,
    body: Outgoing,
    cache: &'static str,
    headers: Vec<(&'static str, String)>,
    next: Option<String>,
    tag: Option<String>,
}

impl Answer {
    fn new(status: Status, content_type: ContentType, body: impl Into<Outgoing>) -> Self {
        let body = body.into();
        Self { status, content_type, body, cache: "private, no-cache", headers: Vec::new(), next: None, tag: None }
    }

    /// 200, for the caller's eyes alone.
    pub(crate) fn ok(view: &impl Serialize) -> Answered {
        let body = serde_json::to_vec(view).map_err(|_| Problem::of_status(Status::InternalServerError))?;
        Ok(Self::new(Status::Ok, ContentType::JSON, body))
    }

    /// 201: something came to be, and is at this path.
    pub(crate) fn created(view: &impl Serialize, location: String, replayed: bool) -> Answered {
        let mut answer = Self { status: Status::Created, ..Self::ok(view)? };
        answer.headers.push(("Location", location));
        if replayed {
            answer.headers.push(("Idempotency-Replayed", "true".to_owned()));
        }
        Ok(answer)
    }

    /// 204: done, and there is nothing to say.
    pub(crate) fn nothing() -> Self {
        Self::new(Status::NoContent, ContentType::JSON, Vec::new())
    }

    /// With cookies.
    pub(crate) fn with_cookies(mut self, cookies: [String; 2]) -> Self {
        self.headers.extend(cookies.map(|cookie| ("Set-Cookie", cookie)));
        self.not_stored()
    }

    /// 200, any text, the same for everyone.
    pub(crate) fn public(content_type: ContentType, text: Bytes) -> Self {
        Self::new(Status::Ok, content_type, text).for_everyone()
    }

    /// 200, a text that is the same for everyone and for as long as the process runs.
    pub(crate) fn shared(content_type: ContentType, shared: &'static Shared) -> Self {
        Self::new(Status::Ok, content_type, Outgoing::fixed(shared.text.as_bytes()))
            .for_everyone()
            .tagged(shared.tag.clone())
    }

    /// Another status.
    pub(crate) fn with_status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// May be seen by everyone.
    pub(crate) fn for_everyone(self) -> Self {
        Self { cache: "no-cache", ..self }
    }

    /// Must be kept by no cache at all: it holds a secret, or changes by the moment.
    pub(crate) fn not_stored(self) -> Self {
        Self { cache: "no-store", ..self }
    }

    /// With this `ETag`, which tells states apart; without one it is made from the body.
    pub(crate) fn tagged(self, tag: String) -> Self {
        Self { tag: Some(tag), ..self }
    }

    /// There is a further page, behind this cursor.
    pub(crate) fn with_next(self, next: Option<String>) -> Self {
        Self { next, ..self }
    }
}

/// A text that is made once and sent to everyone, with its `ETag`. Answers borrow it, so that a request for it costs no
/// copy of it.
#[derive(Debug)]
pub(crate) struct Shared {
    text: String,
    tag: String,
}

impl Shared {
    /// Keeps a text.
    pub(crate) fn new(text: String) -> Self {
        let tag = entity_tag(text.as_bytes());
        Self { text, tag }
    }

    /// The text itself.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
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

/// An `ETag` that is made from the body.
fn entity_tag(body: &[u8]) -> String {
    format!("\"{:.24}\"", Fingerprint::of([body]))
}

/// RFC 9110, section 13.1.2: weak comparison, or `*`.
fn matches(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|wanted| wanted == "*" || wanted.trim_start_matches("W/") == tag)
}

/// RFC 8288: the same request, with the cursor of the next page.
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
