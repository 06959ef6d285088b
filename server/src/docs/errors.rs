//! The problems that responses can have.

use super::html::{block, code, inline, table};
use crate::problem::{KINDS, Kind, Problem};
use twclone_domain::Error;

/// Returns the table of all problems.
pub(super) fn problems() -> String {
    let row = |kind: &Kind| {
        let anchor = kind.name.split_once('#').map_or("", |(_, anchor)| anchor);
        [
            format!("<span id=\"{anchor}\">{}</span> <small>{}</small>", inline(kind.title), code(kind.name)),
            kind.status.to_string(),
            inline(kind.meaning),
            inline(kind.remedy),
        ]
    };
    table(["Problem", "Status", "What it means", "What to do"], &KINDS.iter().map(row).collect::<Vec<_>>())
}

/// Returns a sample of a response with a problem.
pub(super) fn sample() -> String {
    let problem = Problem::from(Error::invalid("msg", "must have at most 1000 characters"));
    let (status, _, body) = problem.into_parts("66ff33feb95d0b94");
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    block(
        "response",
        &format!("HTTP/1.1 {status} Unprocessable Entity\nContent-Type: application/problem+json\n\n{body:#}"),
    )
}
