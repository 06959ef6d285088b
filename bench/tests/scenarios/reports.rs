//! The reports of a run.

use serde_json::json;
use twclone_bench::report::{Report, json as document, table};
use twclone_bench::sample::{self, Sample};
use twclone_bench::scenario::{Fact, Figure, Name};

fn figure(subject: &'static str, what: &str, callers: u32, rates: &[f64]) -> Figure {
    let name = Name { scenario: "rates", subject, what: what.to_owned(), callers, store: None };
    let samples: Vec<_> =
        rates.iter().map(|&rate| Sample { rate, p50: 1e6 / rate, p99: 2e6 / rate, ..Sample::default() }).collect();
    Figure { name, median: sample::median(&samples), samples }
}

fn report(figures: Vec<Figure>) -> Report {
    let fact = |name: &str, value| Fact { name: name.to_owned(), value, unit: "MB" };
    let facts = vec![fact("memory of the server, idle", 61.0), fact("memory of the server, most under load", 100.0)];
    let machine = json!({ "cores": 2, "processor": "A <fast> & \"new\" one", "commit": "abc" });
    Report { machine, sizes: vec![10, 20], figures, facts, ..Report::default() }
}

/// Returns whether the requirement with this prefix holds; `None` if it was not measured.
fn holds(report: &Report, name: &str) -> Option<bool> {
    let all = report.requirements();
    let found = all.iter().find(|requirement| requirement.name.starts_with(name));
    found.unwrap_or_else(|| panic!("nothing must hold of {name}")).holds()
}

#[test]
fn a_ratio_is_taken_round_by_round() {
    // In two of three rounds, the list has half the rate. The machine slows down: the ratio of the medians is 0.1.
    let plain = figure("plain route", "answer", 64, &[1_000.0, 900.0, 20.0]);
    let list = figure("server", "list, token", 64, &[90.0, 450.0, 10.0]);
    let report = report(vec![plain, list]);
    assert_eq!(holds(&report, "list at 64: server / plain route"), Some(true));
    let found = report.requirements().into_iter().find(|found| found.name == "list at 64: server / plain route");
    assert_eq!(found.unwrap().is, Some(0.5));
}

#[test]
fn what_does_not_hold_is_told_and_what_was_not_measured_is_not_held_against_it() {
    let mut failed = figure("engine", "send", 1, &[100.0]);
    let many = figure("engine", "send", 64, &[299.0]);
    let good = report(vec![failed.clone(), many.clone()]);
    assert_eq!(holds(&good, "engine: sends by 64 callers / by 1"), Some(false));
    assert_eq!(holds(&good, "send at 64: server / engine"), None);
    assert_eq!(holds(&good, "memory of the server, idle"), Some(false));
    assert_eq!(holds(&good, "memory of the server, most"), Some(true));
    assert_eq!(holds(&good, "disk"), None);
    assert_eq!(holds(&good, "requests that failed"), Some(true));
    failed.median.failed = 1;
    let bad = report(vec![failed, many]);
    assert_eq!(holds(&bad, "requests that failed"), Some(false));
    let text = table::text(&bad);
    let line = text.lines().find(|line| line.contains("requests that failed")).unwrap();
    assert!(line.contains("<= 0.00") && line.contains("DOES NOT HOLD"), "{line}");
    assert!(text.lines().any(|line| line.contains("| disk") && line.contains("not measured")), "{text}");
}

#[test]
fn programs_get_every_sample_and_people_get_numbers_that_they_can_read() {
    let document = document::document(&report(vec![figure("engine", "send", 64, &[1.0, 1_234_567.0])]));
    assert_eq!(document["figures"][0]["samples"][1]["rate"], 1_234_567.0);
    assert_eq!(document["figures"][0]["subject"], "engine");
    let written = |number| table::number(number);
    assert_eq!([0.5, 99.994, 100.4, 1_000.0, 999_999.6].map(written), ["0.50", "99.99", "100", "1,000", "1,000,000"]);
}
