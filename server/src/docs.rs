//! The start page, `GET /`, and the documentation, `GET /docs`. They load nothing from other hosts.

use std::sync::LazyLock;

use hyper::body::Bytes;
use rocket::http::{Accept, ContentType};
use rocket::{Route, get, routes};
use serde_json::json;

use crate::answer::{Answer, Answered, Shared};
use crate::problem::KINDS;

const INDEX: &[u8] = include_bytes!("docs/index.html");
const PAGE: &str = include_str!("docs/page.html");

/// Returns the routes that are not in the OpenAPI document.
pub(crate) fn routes() -> Vec<Route> {
    routes![index, page]
}

/// The page, created once.
static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let kinds = KINDS.iter().filter_map(|(kind, title)| {
        let anchor = kind.split_once('#')?.1;
        Some(format!("<li id=\"{anchor}\"><code>{kind}</code> {title}</li>"))
    });
    Shared::new(PAGE.replace("<!-- problems -->", &kinds.collect::<Vec<_>>().join("\n")))
});

/// Shows the documentation of all routes except this one.
#[get("/docs")]
pub(crate) fn page() -> Answer {
    Answer::shared(ContentType::HTML, &SHARED)
}

/// Says what this server is and where to go next: as HTML if the client prefers that, as browsers do, otherwise as JSON.
#[get("/")]
pub(crate) fn index(accept: Option<&Accept>) -> Answered {
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
