//! The report for people: Markdown tables with aligned columns.

use super::Report;
use crate::require::{Must, Requirement};
use crate::scenario::{Fact, Figure};

/// Returns all tables.
#[must_use]
pub fn text(report: &Report) -> String {
    let machine = report.machine.as_object().into_iter().flatten();
    let machine: Vec<_> = machine
        .map(|(name, value)| vec![name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)])
        .collect();
    let figures = report.figures.iter().map(figure).collect();
    let facts = report.facts.iter().map(fact).collect();
    let requirements = report.requirements().iter().map(requirement).collect();
    [
        table(&["machine", ""], 2, machine),
        table(&FIGURES, 3, figures),
        table(&["measured once", "", "unit"], 1, facts),
        table(&["what must hold", "must be", "is", ""], 1, requirements),
    ]
    .join("\n")
}

const FIGURES: [&str; 11] =
    ["scenario", "subject", "what", "by", "store", "1/s", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "server µs each"];

fn figure(figure: &Figure) -> Vec<String> {
    let (name, median) = (&figure.name, &figure.median);
    let millis = |micros: f64| number(micros / 1e3);
    vec![
        name.scenario.to_owned(),
        name.subject.to_owned(),
        name.what.clone(),
        name.callers.to_string(),
        name.store.map(|store| number(store as f64)).unwrap_or_default(),
        number(median.rate),
        millis(median.p50),
        millis(median.p99),
        millis(median.p999),
        millis(median.max),
        median.cpu.map(number).unwrap_or_default(),
    ]
}

fn fact(fact: &Fact) -> Vec<String> {
    vec![fact.name.clone(), number(fact.value), fact.unit.to_owned()]
}

fn requirement(requirement: &Requirement) -> Vec<String> {
    let must = match requirement.must {
        Must::AtLeast(bound) => format!(">= {}", number(bound)),
        Must::AtMost(bound) => format!("<= {}", number(bound)),
    };
    let holds = match requirement.holds() {
        None => "not measured",
        Some(true) => "holds",
        Some(false) => "DOES NOT HOLD",
    };
    vec![requirement.name.clone(), must, requirement.is.map(number).unwrap_or_default(), holds.to_owned()]
}

/// Formats a number with two decimals, or from 100 on with none, and commas between thousands.
#[must_use]
pub fn number(number: f64) -> String {
    let decimals = if number.abs() >= 100.0 { 0 } else { 2 };
    let text = format!("{number:.decimals$}");
    let whole = text.split('.').next().unwrap_or_default();
    if decimals > 0 || whole.len() < 4 {
        return text;
    }
    let first = whole.len() % 3;
    let places = whole.char_indices().map(|(place, digit)| {
        let comma = if place > 0 && place % 3 == first { "," } else { "" };
        format!("{comma}{digit}")
    });
    places.collect()
}

/// Returns a table. The first `left` columns are left-aligned, the others right-aligned.
fn table(head: &[&str], left: usize, rows: Vec<Vec<String>>) -> String {
    let head = head.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>();
    let width = |column: usize| {
        let cells = std::iter::once(&head).chain(&rows).map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..head.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column < left { format!("| {cell:<width$} ") } else { format!("| {cell:>width$} ") }
        });
        format!("{}|\n", cells.collect::<String>())
    };
    let rule = widths.iter().enumerate().map(|(column, width)| {
        let dashes = "-".repeat(width + 1);
        if column < left { format!("|{dashes}-") } else { format!("|{dashes}:") }
    });
    let rule = format!("{}|\n", rule.collect::<String>());
    std::iter::once(line(&head)).chain([rule]).chain(rows.iter().map(line)).collect()
}
