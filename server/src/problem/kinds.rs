//! The kinds of problems. The documentation page lists them.

/// A kind of problem.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// The `type` in the response. It leads to the description of the kind.
    pub(crate) name: &'static str,
    pub(crate) status: u16,
    pub(crate) title: &'static str,
    /// What the problem means.
    pub(crate) meaning: &'static str,
    /// What the client should do about it.
    pub(crate) remedy: &'static str,
}

/// Declares the kinds, and the list of all of them.
macro_rules! kinds {
    ($($kind:ident = $slug:literal $status:literal $title:literal, $meaning:literal, $remedy:literal;)*) => {
        $(pub(super) const $kind: Kind = Kind {
            name: concat!("/docs#problem-", $slug),
            status: $status,
            title: $title,
            meaning: $meaning,
            remedy: $remedy,
        };)*
        /// All kinds that have a description.
        pub(crate) const KINDS: &[Kind] = &[$($kind),*];
    };
}

kinds! {
    UNREADABLE = "unreadable" 400 "The request cannot be read",
        "The syntax of the body, the query or a header is wrong.",
        "Correct what `detail` names.";
    BAD_CURSOR = "bad-cursor" 400 "The cursor is not valid",
        "The `cursor` is not one that this list has returned to you.",
        "Send the `next` of the previous page unchanged, with the same path and parameters. Or start again without \
         `cursor`.";
    UNAUTHENTICATED = "unauthenticated" 401 "Authentication is required",
        "Credentials are missing, wrong, expired or revoked.",
        "Send a user name and a password (Basic) or an access token (Bearer). If the token has expired, get another one \
         with `POST /auth/refresh-token`.";
    FORBIDDEN = "forbidden" 403 "You do not have permission",
        "The credentials are valid, but do not allow this: someone else owns the account or the resource, the scope of \
         the app password or delegate is too narrow, or sign-ups are closed.",
        "Log in as the owner, or with a wider scope. Changes to an account need its own password.";
    CROSS_SITE = "cross-site" 403 "The request comes from another site",
        "A page of another site sent a change that only a cookie authenticates.",
        "Send an `Authorization` header instead of the cookie.";
    NOT_FOUND = "not-found" 404 "Not found",
        "No route has this path, or the resource does not exist, or you may not see it.",
        "Check the path, the names and the ids.";
    METHOD = "method" 405 "This path does not support this method",
        "The path exists, but not for this method.",
        "Use one of the methods in the header `Allow`.";
    TOO_SLOW = "too-slow" 408 "The body took too long",
        "The body did not arrive in time.",
        "Send the body without pauses, and retry.";
    CONFLICT = "conflict" 409 "Conflict with existing data",
        "The request contradicts what is stored: for example, the user name is taken, or you already follow the user. Or \
         the first request with the same idempotency key is still running.",
        "Read the current state and decide whether the request is still needed. If the first request is still running, \
         retry.";
    ALREADY_ANSWERED = "already-answered" 409 "The question is already answered",
        "The message with quick replies has its answer, which is in `answer`.",
        "Show that answer. Each question takes one.";
    STALE = "stale" 412 "The resource has changed",
        "The `ETag` of the resource is not the one in `If-Match`: it has changed since you read it.",
        "Read it again, and repeat the change with the new `ETag`.";
    TOO_LARGE = "too-large" 413 "The body is too large",
        "The body is longer than the limit.",
        "Send less in one request.";
    MEDIA_TYPE = "media-type" 415 "The media type is not supported",
        "The body is neither JSON nor a form, or it is compressed.",
        "Send `Content-Type: application/json` or `application/x-www-form-urlencoded`, without `Content-Encoding`.";
    INVALID = "invalid" 422 "The input is not valid",
        "A field is missing or unknown, or its value is not allowed.",
        "Correct the fields in `errors`.";
    KEY_REUSED = "key-reused" 422 "The idempotency key was used for another request",
        "The `Idempotency-Key` belongs to a request with another content.",
        "Choose a new key for each request. Reuse it only to retry the same request.";
    TOO_MANY = "too-many" 429 "Too many requests",
        "There were more requests, sign-ups or failed logins than the rate allows.",
        "Wait as many seconds as `Retry-After` says.";
    LONG_HEAD = "long-head" 431 "The headers are too long",
        "The headers are longer, or have more lines, than the limit.",
        "Send fewer headers, smaller cookies or a shorter query.";
    NO_ACCEPT = "no-accept" 440 "The Accept header is missing",
        "Dialect 5 requires the header `Accept`.",
        "Send `Accept: application/json`.";
    INTERNAL = "internal" 500 "Internal error",
        "The service has a defect, or found damaged data.",
        "Report `request_id` to the operator.";
    STORE_AWAY = "store-away" 502 "A store is not available",
        "A database of the service does not respond, or cannot be written. A write may have been stored, or not.",
        "Retry later. If it was a write, send the same `Idempotency-Key`.";
    SERVICE_AWAY = "service-away" 502 "A service is not available",
        "A service behind the gateway is down, or failed during the request. A write may have been stored, or not.",
        "Retry in a moment. If it was a write, send the same `Idempotency-Key`.";
    OVERLOADED = "overloaded" 503 "The server is overloaded",
        "Too many requests run at the same time, or the request did not finish in time.",
        "Wait as many seconds as `Retry-After` says. If it was a write, send the same `Idempotency-Key`.";
    DISK_FULL = "disk-full" 503 "The disk is full",
        "Nothing can be stored until the operator frees space. Reads work.",
        "Retry later, as `Retry-After` says.";
    VERSION = "version" 505 "This version of HTTP is not supported",
        "The request is not HTTP/1.0, HTTP/1.1 or HTTP/2.",
        "Use HTTP/1.1, or HTTP/2 over TLS.";
}

/// A refusal without a kind of its own (RFC 9457, section 4.2.1).
pub(super) const BLANK: Kind =
    Kind { name: "about:blank", status: 500, title: "The request was refused", meaning: "", remedy: "" };
