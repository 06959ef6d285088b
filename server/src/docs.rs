//! The start page, `GET /`, and the documentation: `GET /docs` for reading, `GET /docs/viewer` for trying the routes.
//! They load nothing from other hosts.

mod command;
mod dialects;
mod errors;
mod groups;
mod html;
mod limits;
mod operation;
mod page;
mod sample;
mod schema;
mod viewer;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use ring::digest::{SHA256, digest};
use rocket::http::{Accept, ContentType};
use rocket::{Route, get, routes};
use serde_json::json;

use crate::answer::{Answer, Answered, Shared};
use crate::openapi;

const INDEX: &[u8] = include_bytes!("docs/index.html");

/// Returns the routes that are not in the OpenAPI document.
pub(crate) fn routes() -> Vec<Route> {
    [routes![index, documentation], viewer::routes()].concat()
}

/// The page, created once.
static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let document = serde_json::from_str(openapi::document()).unwrap_or_default();
    Shared::new(page::page(&document))
});

/// The only thing that the page may use is its own stylesheet.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, page::STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// Shows the documentation of all routes in the OpenAPI document.
#[get("/docs")]
fn documentation() -> Answer {
    Answer::shared(ContentType::HTML, &SHARED).with_policy(POLICY.clone())
}

/// Says what this server is and where to go next: as HTML if the client prefers that, as browsers do, otherwise as JSON.
#[get("/")]
fn index(accept: Option<&Accept>) -> Answered {
    if accept.is_some_and(|accept| accept.preferred().is_html()) {
        return Ok(Answer::public(ContentType::HTML, Bytes::from_static(INDEX)).varying_by_accept());
    }
    let links = json!({
        "name": "twclone",
        "version": env!("CARGO_PKG_VERSION"),
        "documentation": "/docs",
        "openapi": "/openapi.json",
        "readiness": "/readyz",
    });
    Ok(Answer::ok(&links)?.for_everyone().varying_by_accept())
}
