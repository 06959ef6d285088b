//! The documentation page, `GET /docs`. It loads nothing from other hosts.

use std::sync::LazyLock;

use rocket::get;
use rocket::http::ContentType;

use crate::answer::{Answer, Shared};
use crate::problem::KINDS;

const PAGE: &str = include_str!("docs/page.html");

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
