//! The page of documentation: `GET /docs`. Works without a network.

use std::sync::LazyLock;

use rocket::get;
use rocket::http::ContentType;

use crate::answer::{Answer, Shared};
use crate::problem::KINDS;

const PAGE: &str = include_str!("docs/page.html");

/// The page, which is made once.
static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let kinds = KINDS.iter().filter_map(|(kind, title)| {
        let anchor = kind.split_once('#')?.1;
        Some(format!("<li id=\"{anchor}\"><code>{kind}</code> {title}</li>"))
    });
    Shared::new(PAGE.replace("<!-- problems -->", &kinds.collect::<Vec<_>>().join("\n")))
});

/// Read about all routes. Not itself among them.
#[get("/docs")]
pub(crate) fn page() -> Answer {
    Answer::shared(ContentType::HTML, &SHARED)
}
