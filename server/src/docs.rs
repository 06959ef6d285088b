//! The page of documentation: `GET /docs`. Works without a network.

use rocket::get;
use rocket::http::ContentType;

use crate::answer::Answer;
use crate::problem::KINDS;

const PAGE: &str = include_str!("docs/page.html");

/// Read about all routes. Not itself among them.
#[get("/docs")]
pub(crate) fn page() -> Answer {
    let kinds = KINDS.iter().filter_map(|(kind, title)| {
        let anchor = kind.split_once('#')?.1;
        Some(format!("<li id=\"{anchor}\"><code>{kind}</code> {title}</li>"))
    });
    Answer::public(ContentType::HTML, PAGE.replace("<!-- problems -->", &kinds.collect::<Vec<_>>().join("\n")))
}
