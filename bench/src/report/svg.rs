//! The report as an SVG drawing.

use std::collections::BTreeSet;

use super::Report;
use super::panel::{HEIGHT, Line, Panel, WIDTH, escaped};
use super::table::number;
use crate::plan::{CALLERS, MANY};
use crate::sample::{self, Sample};
use crate::scenario::arrival::{ARRIVAL, ARRIVES};
use crate::scenario::growth::GROWTH;
use crate::scenario::home::{self, HOME};
use crate::scenario::mixed::MIXED;
use crate::scenario::open::OPEN;
use crate::scenario::posting::{self, POSTING};
use crate::scenario::processes::PROCESSES;
use crate::scenario::rates::RATES;
use crate::scenario::timelines::{BY_PEOPLE, BY_POSTS, TIMELINES};

const COLUMNS: usize = 2;
/// The height above the panels.
const HEAD: f64 = 56.0;
const STYLE: &str = "text{font:13px sans-serif;fill:#222}.head{font-size:16px;font-weight:bold}\
                     .title{font-size:14px;font-weight:bold}.step{text-anchor:end;font-size:11px}\
                     .place{text-anchor:middle;font-size:12px}.grid{stroke:#ddd;stroke-width:1}\
                     polyline{fill:none;stroke-width:2}";

/// Returns the drawing, with a panel for everything that was measured.
#[must_use]
pub fn document(report: &Report) -> String {
    let panels: Vec<_> = panels(report).into_iter().filter(|panel| !panel.is_empty()).collect();
    let (width, height) = (WIDTH * COLUMNS as f64, HEAD + HEIGHT * panels.len().div_ceil(COLUMNS) as f64);
    let drawn = panels
        .iter()
        .enumerate()
        .map(|(index, panel)| panel.draw(WIDTH * (index % COLUMNS) as f64, HEAD + HEIGHT * (index / COLUMNS) as f64));
    let of = |name: &str| report.machine[name].as_str().unwrap_or("unknown").to_owned();
    let machine = format!("{} × {}, commit {}", report.machine["cores"], of("processor"), of("commit"));
    let short = if report.quick { "; a short run, to try it out" } else { "" };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\">\n<style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text class=\"head\" x=\"16\" y=\"34\">twclone: {}</text>\n{}</svg>\n",
        escaped(&format!("{machine}{short}")),
        drawn.collect::<String>()
    )
}

fn panels(report: &Report) -> [Panel; 11] {
    let rates = |title, lines| by_callers(report, title, lines, |median| Some(median.rate));
    let millis = |title, names: &[(&'static str, &'static str)]| {
        let p50 = by_callers(report, title, names, |median| Some(median.p50 / 1e3));
        let p99 = by_callers(report, title, names, |median| Some(median.p99 / 1e3));
        let named = |panel: Panel, text: &str| {
            let name = |line: Line| Line { name: format!("{} {text}", line.name), ..line };
            panel.lines.into_iter().map(name).collect::<Vec<_>>()
        };
        Panel { lines: [named(p50.clone(), "p50"), named(p99, "p99")].concat(), ..p50 }
    };
    let [list, send, reply] = ["list", "send", "reply"].map(|what| match what {
        "list" => [("server", "list, token"), ("server", "list, Basic"), ("engine", "list")],
        "send" => [("server", "send, token"), ("server", "send, Basic"), ("engine", "send")],
        _ => [("server", "reply, token"), ("server", "reply, Basic"), ("engine", "reply")],
    });
    let mut lists = rates("List of 20: requests/s", &list);
    lists.lines.extend(rates("", &[("plain route", "answer")]).lines);
    lists.lines.extend([raw(report, "list", 1), raw(report, "list", 2)]);
    let mut sends = rates("Send: requests/s", &send);
    sends.lines.extend([raw(report, "send, 64 a commit", 1), raw(report, "send, each a commit", 1)]);
    let cpu = [list[0], list[1], send[0], send[1], reply[0], ("plain route", "answer")];
    [
        lists,
        sends,
        rates("Reply: requests/s", &reply),
        millis("Latency over HTTP: ms", &[list[0], send[0]]),
        by_callers(report, "The server's processor time: µs a request", &cpu, |median| median.cpu),
        by_share(
            report,
            "At half of the possible rate, from the intended start: ms",
            &[(OPEN, "server", "list, token, fixed rate", MANY), (OPEN, "server", "send, token, fixed rate", MANY)],
        ),
        by_share(
            report,
            "Readers beside writers, and two processes that write: ms",
            &[
                (MIXED, "server", "list, token", MANY / 2),
                (MIXED, "server", "send, token", MANY / 2),
                (PROCESSES, "first of two", "send, token", MANY / 2),
                (PROCESSES, "second of two", "send, token", MANY / 2),
            ],
        ),
        growth(report),
        posts(report),
        homes(report),
        crowds(report),
    ]
}

fn posts(report: &Report) -> Panel {
    let posts = posting::FOLLOWERS.map(posting::what);
    let mut lines: Vec<_> = posts.iter().map(|what| (POSTING, "server", what.as_str(), 1)).collect();
    lines.push((ARRIVAL, "server", ARRIVES, 1));
    by_share(report, "A post, and its way to a follower: ms", &lines)
}

fn homes(report: &Report) -> Panel {
    let timelines = home::ALL.map(|what| what.to_string());
    let mut lines: Vec<_> = timelines.iter().map(|what| (HOME, "server", what.as_str(), MANY)).collect();
    lines.push((HOME, "plain route", "answer", MANY));
    by_share(report, "Timelines by 64: ms", &lines)
}

/// Returns the panel of home pages, by number of posts and by number of people.
fn crowds(report: &Report) -> Panel {
    let figures = || report.figures.iter().filter(|figure| figure.name.scenario == TIMELINES);
    let sizes: BTreeSet<_> = figures().filter_map(|figure| figure.name.store).collect();
    let line = |what: &str| {
        let rate = |size: &u64| {
            figures()
                .find(|figure| figure.name.what == what && figure.name.store == Some(*size))
                .map(|figure| figure.median.rate)
        };
        Line { name: what.to_owned(), values: sizes.iter().map(rate).collect(), dashed: false }
    };
    Panel {
        title: "Home page: requests/s by 64",
        across: "posts of those whom the reader follows, or people",
        places: sizes.iter().map(|size| number(*size as f64)).collect(),
        lines: [BY_POSTS, BY_PEOPLE].map(line).to_vec(),
    }
}

fn by_callers(
    report: &Report,
    title: &'static str,
    lines: &[(&'static str, &'static str)],
    part: fn(&Sample) -> Option<f64>,
) -> Panel {
    let line = |(subject, what): &(&'static str, &'static str)| {
        let value = |callers| part(&sample::median(report.samples(RATES, subject, what, callers, None)?));
        Line { name: format!("{subject}: {what}"), values: CALLERS.map(value).to_vec(), dashed: false }
    };
    let places = CALLERS.map(|callers| callers.to_string()).to_vec();
    Panel { title, across: "connections, or callers in process", places, lines: lines.iter().map(line).collect() }
}

/// Returns the line of SQLite by itself. It has no callers, so the line is horizontal.
fn raw(report: &Report, what: &str, threads: u32) -> Line {
    let value = report.samples(RATES, "SQLite", what, threads, None).map(|samples| sample::median(samples).rate);
    let name = if threads == 1 { format!("SQLite: {what}") } else { format!("SQLite: {what}, {threads} threads") };
    Line { name, values: vec![value; CALLERS.len()], dashed: true }
}

fn by_share(report: &Report, title: &'static str, lines: &[(&str, &str, &str, u32)]) -> Panel {
    let line = |(scenario, subject, what, callers): &(&str, &str, &str, u32)| {
        let median = report.samples(scenario, subject, what, *callers, None).map(sample::median);
        let shares = |median: Sample| [median.p50, median.p90, median.p99, median.p999, median.max];
        let values = median.map(shares).map(|shares| shares.map(|micros| Some(micros / 1e3)).to_vec());
        let what = what.trim_end_matches(", fixed rate");
        Line { name: format!("{subject}: {what}"), values: values.unwrap_or_default(), dashed: false }
    };
    let places = ["50 %", "90 %", "99 %", "99.9 %", "all"].map(str::to_owned).to_vec();
    Panel { title, across: "of all requests took at most", places, lines: lines.iter().map(line).collect() }
}

fn growth(report: &Report) -> Panel {
    let line = |(subject, what): &(&'static str, &'static str)| {
        let rate = |size: &u64| {
            report.samples(GROWTH, subject, what, MANY, Some(*size)).map(|samples| sample::median(samples).rate)
        };
        let values = report.sizes.iter().map(rate).collect();
        Line { name: format!("{subject}: {what}"), values, dashed: false }
    };
    let lines = [("server", "list, token"), ("server", "send, token"), ("engine", "list"), ("engine", "send")];
    Panel {
        title: "Growth: requests/s by 64",
        across: "messages in the store to begin with",
        places: report.sizes.iter().map(|size| number(*size as f64)).collect(),
        lines: lines.iter().map(line).collect(),
    }
}
