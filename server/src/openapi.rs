//! The OpenAPI document of all routes, generated from the code: `GET /openapi.json`.

mod complete;
mod links;

use std::sync::LazyLock;

use rocket::{get, http::ContentType};
pub(crate) use twclone_server_macros::describe;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::answer::{Answer, Shared};
use crate::dialects;
use crate::health;
use crate::problem::Problem;

/// The error responses of every route.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "describes the answers")]
pub(crate) enum Problems {
    /// The request cannot be read.
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(Problem),
    /// Credentials are missing or wrong.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(Problem),
    /// The caller does not have permission.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// Not found, or not visible to the caller.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The body did not arrive within 30 s.
    #[response(status = 408, content_type = "application/problem+json")]
    TooSlow(Problem),
    /// The body has more than 64 KiB.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is neither JSON nor a form, or is compressed.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(Problem),
    /// The input is not valid.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// Too many requests. `Retry-After` says when to try again.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(Problem),
    /// The headers have more than 16 KiB or 100 lines.
    #[response(status = 431, content_type = "application/problem+json")]
    LongHead(Problem),
    /// Internal error.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Problem),
    /// A store or a service is not available.
    #[response(status = 502, content_type = "application/problem+json")]
    StoreAway(Problem),
    /// The server is overloaded, or the disk is full. `Retry-After` says when to try again.
    #[response(status = 503, content_type = "application/problem+json")]
    Overloaded(Problem),
}

/// Further responses of a route that creates something.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "describes the answers")]
pub(crate) enum Conflicts {
    /// Conflict with existing data.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
}

/// Further responses of a route that supports `If-Match`.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "describes the answers")]
pub(crate) enum Stale {
    /// The resource no longer matches `If-Match`.
    #[response(status = 412, content_type = "application/problem+json")]
    Stale(Problem),
}

/// Further responses of a route of the dialect `shop`.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "describes the answers")]
pub(crate) enum NoAccept {
    /// The header `Accept` is missing.
    #[response(status = 440, content_type = "application/problem+json")]
    NoAccept(Problem),
}

/// Further responses of a route that reads.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "describes the answers")]
pub(crate) enum Unchanged {
    /// Not modified since the client's copy.
    #[response(status = 304)]
    NotModified,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "twclone", description = "A Twitter-like messaging service."),
    components(schemas(Problem)),
    modifiers(&Authentication),
    security(("basic" = []), ("bearer" = []), ("cookie" = []))
)]
struct Description;

struct Authentication;

impl Modify for Authentication {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_with(Default::default);
        let basic =
            HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some("User name and password")).build();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The access token of POST /login"))
            .build();
        components.add_security_scheme("basic", SecurityScheme::Http(basic));
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description("access-Token", "Set by POST /auth/login"));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    }
}

/// The document. Generating it takes many milliseconds.
static DOCUMENT: LazyLock<Shared> = LazyLock::new(|| Shared::new(make()));

/// Returns the document as indented JSON. It is generated once, at the first call.
#[must_use]
pub fn document() -> &'static str {
    DOCUMENT.text()
}

fn make() -> String {
    let mut all = Description::openapi();
    for (tag, endpoints) in [("service", health::endpoints as fn() -> _)].iter().chain(&dialects::ALL) {
        for endpoint in endpoints() {
            all.merge(endpoint.describe(tag));
        }
    }
    let mut document = serde_json::to_value(all).unwrap_or_default();
    complete::complete(&mut document);
    links::add(&mut document);
    format!("{document:#}\n")
}

/// Describe all routes
#[describe(responses((status = 200, content_type = "application/json")))]
#[get("/openapi.json")]
pub(crate) fn openapi() -> Answer {
    Answer::shared(ContentType::JSON, &DOCUMENT)
}
