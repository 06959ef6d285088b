//! The report for programs: all samples, and everything that the tables show.

use serde_json::{Value, json};

use super::Report;
use crate::require::Requirement;

/// Returns the whole report. Times are in microseconds.
#[must_use]
pub fn document(report: &Report) -> Value {
    let requirement = |requirement: Requirement| {
        let holds = requirement.holds();
        json!({ "name": requirement.name, "must": requirement.must, "is": requirement.is, "holds": holds })
    };
    json!({
        "machine": report.machine,
        "quick": report.quick,
        "requirements": report.requirements().into_iter().map(requirement).collect::<Vec<_>>(),
        "figures": report.figures,
        "facts": report.facts,
    })
}
