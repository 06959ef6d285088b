//! Error responses: problem details (RFC 9457). Only this module maps the domain's errors to status codes.

mod kinds;

use rocket::Request;
use rocket::http::{Header, Status};
use rocket::response::{self, Responder, Response};
use serde::Serialize;
use twclone_domain::{Error, Fault};
use utoipa::ToSchema;

pub(crate) use self::kinds::{KINDS, Kind};
use crate::dialects::messages::MessageView;
use crate::observe;

/// An error answer, as `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Which kind of problem; leads to a line about it.
    #[serde(rename = "type")]
    #[schema(example = "/docs#problem-invalid")]
    kind: &'static str,
    /// The kind in words.
    title: &'static str,
    /// The status code.
    #[schema(value_type = u16, minimum = 400, maximum = 599)]
    #[serde(serialize_with = "code")]
    status: Status,
    /// What went wrong this time, and what to do next.
    detail: String,
    /// Names this request in the service's log.
    request_id: String,
    /// The fields to blame.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// The answer that a question has already.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Box<MessageView>>,
    #[serde(skip)]
    headers: Vec<(&'static str, String)>,
}

/// A field to blame.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// The field's name.
    field: String,
    /// What is wrong with it.
    message: String,
}

impl Problem {
    fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind: kind.name,
            title: kind.title,
            status: Status::new(kind.status),
            detail: detail.into(),
            request_id: String::new(),
            errors: Vec::new(),
            answer: None,
            headers: Vec::new(),
        }
    }

    /// Creates the problem for a request with invalid syntax.
    pub(crate) fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(kinds::UNREADABLE, detail)
    }

    /// Creates the problem for a body over the size limit.
    pub(crate) fn too_large() -> Self {
        Self::new(kinds::TOO_LARGE, "the body has more than 64 KiB (65536 bytes), which is the limit")
    }

    /// Creates the problem for a body that did not arrive in time.
    pub(crate) fn too_slow() -> Self {
        Self::new(
            kinds::TOO_SLOW,
            "the body must arrive within 30 s, at 2 KiB/s on average, and without a pause of 10 s",
        )
    }

    /// Creates the problem for a head with too many bytes or lines.
    pub(crate) fn long_head() -> Self {
        Self::new(kinds::LONG_HEAD, "the headers have more than 16 KiB (16384 bytes) or 100 lines, which is the limit")
    }

    /// Creates the problem for an unsupported version of HTTP.
    pub(crate) fn version() -> Self {
        Self::new(kinds::VERSION, "use HTTP/1.0, HTTP/1.1, or HTTP/2 over TLS")
    }

    /// Creates the problem for too many concurrent requests. A retry may succeed after this number of seconds.
    pub(crate) fn busy(seconds: u64) -> Self {
        let mut problem =
            Self::new(kinds::OVERLOADED, format!("too many requests run at the same time; try again in {seconds} s"));
        problem.headers.push(("Retry-After", seconds.to_string()));
        problem
    }

    /// Creates the problem for a response that finds no room, because unread responses take up all of it. A retry may
    /// succeed after this number of seconds.
    pub(crate) fn unread(seconds: u64) -> Self {
        let detail = format!(
            "too many responses wait until their clients read them; try again in {seconds} s, with the same \
             Idempotency-Key if this was a write"
        );
        let mut problem = Self::new(kinds::OVERLOADED, detail);
        problem.headers.push(("Retry-After", seconds.to_string()));
        problem
    }

    /// Creates the problem for a service of which no instance responds.
    pub(crate) fn no_instance(service: &str) -> Self {
        let mut problem = Self::new(
            kinds::SERVICE_AWAY,
            format!("no instance of the service {service} responds; try again in a moment"),
        );
        problem.headers.push(("Retry-After", "1".to_owned()));
        problem
    }

    /// Creates the problem for a request whose instance broke off, so that the outcome is unknown.
    pub(crate) fn broken_off() -> Self {
        let detail = "the service failed during this request, so its outcome is unknown. Check it before you retry. \
                      With an Idempotency-Key, retries are safe";
        Self::new(kinds::SERVICE_AWAY, detail)
    }

    /// Creates the problem for a body that is neither JSON nor a form.
    pub(crate) fn media_type() -> Self {
        Self::new(kinds::MEDIA_TYPE, "send the body as application/json or application/x-www-form-urlencoded")
    }

    /// Creates the problem for a body that looks like JSON but has another media type: `curl -d` sends a form by
    /// default.
    pub(crate) fn json_by_another_type() -> Self {
        Self::new(kinds::MEDIA_TYPE, "this looks like JSON: send Content-Type: application/json")
    }

    /// Creates the problem for a body that is compressed or otherwise encoded. `Accept-Encoding` says what is allowed
    /// (RFC 9110, section 15.5.16).
    pub(crate) fn encoded() -> Self {
        let detail = "the body must not be encoded; send it without Content-Encoding";
        let mut problem = Self::new(kinds::MEDIA_TYPE, detail);
        problem.headers.push(("Accept-Encoding", "identity".to_owned()));
        problem
    }

    /// Creates the problem for a missing `Accept` header, which one dialect requires.
    pub(crate) fn no_accept() -> Self {
        Self::new(kinds::NO_ACCEPT, "send an Accept header, such as Accept: application/json")
    }

    /// Creates the problem for a request that a page of another site sent with a cookie alone.
    pub(crate) fn cross_site() -> Self {
        let detail = "cookies work only for pages of this service; send an Authorization header instead";
        Self::new(kinds::CROSS_SITE, detail)
    }

    /// Creates the problem for missing or wrong credentials.
    pub(crate) fn unauthenticated(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(kinds::UNAUTHENTICATED, detail);
        problem.headers.push(("WWW-Authenticate", r#"Basic realm="twclone", charset="UTF-8""#.to_owned()));
        problem.headers.push(("WWW-Authenticate", r#"Bearer realm="twclone""#.to_owned()));
        problem
    }

    /// Creates the problem for a path that supports only other methods.
    pub(crate) fn method(allowed: &str) -> Self {
        let mut problem = Self::new(kinds::METHOD, format!("this path supports only {allowed}"));
        problem.headers.push(("Allow", allowed.to_owned()));
        problem
    }

    /// Creates the problem for a request that Rocket itself refused with this status.
    pub(crate) fn of_status(status: Status) -> Self {
        match status.code {
            400 => Self::unreadable("the request cannot be read; check its syntax"),
            401 => Self::unauthenticated("send a user name and a password (Basic) or an access token (Bearer)"),
            404 => Self::new(kinds::NOT_FOUND, "no route has this path; GET /docs lists all routes"),
            413 => Self::too_large(),
            415 => Self::media_type(),
            422 => Self::new(kinds::INVALID, "the input is not valid"),
            500 => internal(),
            440 => Self::no_accept(),
            503 => overloaded("the service is overloaded; try again in a moment"),
            code => Self::new(Kind { status: code, ..kinds::BLANK }, status.reason_lossy()),
        }
    }

    /// Returns the status.
    pub(crate) fn status(&self) -> Status {
        self.status
    }

    fn with_faults(self, faults: Vec<Fault>) -> Self {
        let errors = faults.into_iter().map(|fault| FieldProblem { field: fault.field, message: fault.message });
        Self { errors: errors.collect(), ..self }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Invalid(faults) => {
                let told: Vec<_> = faults.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect();
                Self::new(kinds::INVALID, told.join("; ")).with_faults(faults)
            }
            Error::BadCursor => {
                let fault = Fault::new("cursor", "was not issued for this list");
                Self::new(kinds::BAD_CURSOR, detail).with_faults(vec![fault])
            }
            Error::WrongCredentials => Self::unauthenticated(detail),
            Error::BadToken | Error::BadRefreshToken => {
                let mut problem = Self::unauthenticated(detail);
                problem.headers.pop();
                let bearer = r#"Bearer realm="twclone", error="invalid_token""#;
                problem.headers.push(("WWW-Authenticate", bearer.to_owned()));
                problem
            }
            Error::TooMany(_, seconds) => {
                let mut problem = Self::new(kinds::TOO_MANY, detail);
                problem.headers.push(("Retry-After", seconds.max(1).to_string()));
                problem
            }
            Error::Forbidden(_) => Self::new(kinds::FORBIDDEN, detail),
            Error::NotFound(_) => Self::new(kinds::NOT_FOUND, detail),
            Error::Conflict(_) => Self::new(kinds::CONFLICT, detail),
            Error::Stale(_) => Self::new(kinds::STALE, detail),
            Error::AlreadyAnswered(answer) => {
                let problem = Self::new(kinds::ALREADY_ANSWERED, detail);
                Self { answer: Some(Box::new(MessageView::from(*answer))), ..problem }
            }
            Error::KeyReused => Self::new(kinds::KEY_REUSED, detail),
            Error::Overloaded | Error::Timeout => overloaded(&detail),
            Error::Unavailable(cause) => {
                tracing::error!(cause, "a store is not available");
                let detail = "a store behind this service is not available; try again later, with the same \
                              Idempotency-Key if it was a write";
                Self::new(kinds::STORE_AWAY, detail)
            }
            Error::DiskFailed => {
                tracing::error!("{detail}");
                Self::new(kinds::STORE_AWAY, detail)
            }
            Error::FileLost(cause) => {
                tracing::error!(cause, "a store has lost its file");
                let detail = "a file of this service was removed, moved or replaced while it was open; the operator \
                              must put it back and restart the service";
                Self::new(kinds::STORE_AWAY, detail)
            }
            Error::DiskFull => {
                tracing::error!("{detail}");
                let mut problem = Self::new(kinds::DISK_FULL, detail);
                problem.headers.push(("Retry-After", "10".to_owned()));
                problem
            }
            Error::Internal(cause) => {
                tracing::error!(cause, "internal error");
                internal()
            }
        }
    }
}

fn internal() -> Problem {
    Problem::new(kinds::INTERNAL, "internal error; report the request_id to the operator of this service")
}

fn overloaded(detail: &str) -> Problem {
    let mut problem = Problem::new(kinds::OVERLOADED, detail);
    problem.headers.push(("Retry-After", "1".to_owned()));
    problem
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn code<S: serde::Serializer>(status: &Status, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.code)
}

impl Problem {
    /// Returns the status, headers and body of the response to this request.
    pub(crate) fn into_parts(mut self, request_id: &str) -> (u16, Vec<(&'static str, String)>, Vec<u8>) {
        request_id.clone_into(&mut self.request_id);
        // Only map keys that are not strings could fail, and there are none.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut headers = vec![
            ("Content-Type", "application/problem+json".to_owned()),
            ("Cache-Control", "no-store".to_owned()),
            ("X-Request-Id", self.request_id),
            ("X-Content-Type-Options", "nosniff".to_owned()),
        ];
        headers.append(&mut self.headers);
        (self.status.code, headers, body)
    }
}

impl<'r> Responder<'r, 'static> for Problem {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let (status, headers, body) = self.into_parts(observe::request_id(request));
        let mut response = Response::build();
        response.status(Status::new(status)).sized_body(body.len(), std::io::Cursor::new(body));
        for (name, value) in headers {
            response.header_adjoin(Header::new(name, value));
        }
        response.ok()
    }
}
