//! The requirements, and whether they hold. Ratios are computed for each round, and their median counts.

use serde::Serialize;

use crate::attack;
use crate::plan::MANY;
use crate::report::Report;
use crate::sample::{Sample, middle};
use crate::scenario::Figure;
use crate::scenario::arrival::{self, ARRIVAL};
use crate::scenario::attacks::{self, ATTACKS, Of};
use crate::scenario::fanout::{self, FANOUT};
use crate::scenario::flood::{self, FLOOD};
use crate::scenario::gateway::{self, GATEWAY};
use crate::scenario::growth::{self, GROWTH};
use crate::scenario::home::{HOME, What};
use crate::scenario::logins;
use crate::scenario::memory::{IDLE, LOADED};
use crate::scenario::mixed::MIXED;
use crate::scenario::overload::{self, OVERLOAD};
use crate::scenario::posting::{self, POSTING};
use crate::scenario::processes::PROCESSES;
use crate::scenario::rates::RATES;
use crate::scenario::timelines::{BY_PEOPLE, BY_POSTS, TIMELINES};

/// The bound of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Must {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// A requirement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Requirement {
    /// The name of the figure.
    pub name: String,
    /// The bound.
    pub must: Must,
    /// The measured value; none if its scenario did not run.
    pub is: Option<f64>,
}

impl Requirement {
    /// Returns whether the requirement holds; none if it was not measured.
    #[must_use]
    pub fn holds(&self) -> Option<bool> {
        self.is.map(|is| match self.must {
            Must::AtLeast(bound) => is >= bound,
            Must::AtMost(bound) => is <= bound,
        })
    }
}

/// Returns all requirements.
#[must_use]
pub fn all(report: &Report) -> Vec<Requirement> {
    [
        rates(report),
        side_by_side(report),
        gateway(report),
        overload(report),
        logins(report),
        attacks(report),
        sizes(report),
        timelines(report),
        vec![failures(report)],
    ]
    .concat()
}

fn at_least(name: impl Into<String>, bound: f64, is: Option<f64>) -> Requirement {
    Requirement { name: name.into(), must: Must::AtLeast(bound), is }
}

fn at_most(name: impl Into<String>, bound: f64, is: Option<f64>) -> Requirement {
    Requirement { name: name.into(), must: Must::AtMost(bound), is }
}

fn rates(report: &Report) -> Vec<Requirement> {
    let find = |subject, what: &str, callers| report.samples(RATES, subject, what, callers, None);
    let server = |what| find("server", what, MANY);
    let engine = |callers| find("engine", "send", callers);
    vec![
        at_least("engine: sends by 64 callers / by 1", 3.0, ratio(engine(MANY), engine(1))),
        at_least(
            "send: engine by 64 / SQLite, 64 a commit",
            0.7,
            ratio(engine(MANY), find("SQLite", "send, 64 a commit", 1)),
        ),
        at_least("send at 64: server / engine", 0.5, ratio(server("send, token"), engine(MANY))),
        at_least(
            "list at 64: server / plain route",
            0.4,
            ratio(server("list, token"), find("plain route", "answer", MANY)),
        ),
        at_least("list at 64: Basic / token", 0.8, ratio(server("list, Basic"), server("list, token"))),
        at_least("send at 64: Basic / token", 0.8, ratio(server("send, Basic"), server("send, token"))),
    ]
}

fn side_by_side(report: &Report) -> Vec<Requirement> {
    let mixed = |what| {
        let samples = report.samples(MIXED, "server", what, MANY / 2, None)?;
        middle(samples.iter().map(|sample| sample.p99 / sample.p50).collect())
    };
    let process = |subject| report.samples(PROCESSES, subject, "send, token", MANY / 2, None);
    let both = process("first of two").zip(process("second of two"));
    let fairness = both.and_then(|(one, other)| {
        let fair = |(one, other): (&Sample, &Sample)| one.rate.min(other.rate) / one.rate.max(other.rate);
        middle(one.iter().zip(other).map(fair).collect())
    });
    let longest = both.map(|(one, other)| one.iter().chain(other).map(|sample| sample.max).fold(0.0, f64::max) / 1e3);
    vec![
        at_most("readers beside writers: p99 / p50 of lists", 10.0, mixed("list, token")),
        at_most("readers beside writers: p99 / p50 of sends", 10.0, mixed("send, token")),
        at_least("two processes: sends of the slower / faster", 0.2, fairness),
        at_most("two processes: longest wait of a send, in ms", 2_000.0, longest),
    ]
}

fn gateway(report: &Report) -> Vec<Requirement> {
    let of = |subject| report.samples(GATEWAY, subject, gateway::LIST, MANY, None);
    let (service, through) = (of(gateway::SERVICE), of(GATEWAY));
    let later = through.zip(service).and_then(|(through, service)| {
        middle(through.iter().zip(service).map(|(through, service)| (through.p99 - service.p99) / 1e3).collect())
    });
    vec![
        at_least("gateway: rate of lists, through it / of the service", 0.5, ratio(through, service)),
        at_most("gateway: p99 of lists, through it - of the service, in ms", 3.0, later),
    ]
}

fn overload(report: &Report) -> Vec<Requirement> {
    let of = |what| report.samples(OVERLOAD, "server", what, MANY, None);
    let refused = of(overload::REFUSED).and_then(|refused| middle(refused.iter().map(|one| one.p99 / 1e3).collect()));
    let (before, after) = (of(overload::BEFORE), of(overload::AFTER));
    let slower = after.zip(before).and_then(|(after, before)| {
        middle(after.iter().zip(before).map(|(after, before)| after.p50 / before.p50).collect())
    });
    vec![
        at_least(
            "overload: served of five times as much / the peak",
            0.9,
            ratio(of(overload::SERVED), of(overload::PEAK)),
        ),
        at_most("overload: p99 of refusals, in ms", 10.0, refused),
        at_most("overload: median of half the peak, after / before", 1.5, slower),
    ]
}

fn logins(report: &Report) -> Vec<Requirement> {
    let reads = |what| report.samples(FLOOD, "server", what, flood::READERS, None);
    let both = reads(flood::ALONE).zip(reads(flood::BESIDE));
    let slower = both.and_then(|(alone, beside)| {
        middle(alone.iter().zip(beside).map(|(alone, beside)| beside.p99 / alone.p99).collect())
    });
    vec![
        at_most(logins::DIFFERENCE, 2.0, report.fact(logins::DIFFERENCE)),
        at_most("flood of bad logins: p99 of reads, beside / alone", 2.0, slower),
        at_least(flood::TOLD, 90.0, report.fact(flood::TOLD)),
        at_most(flood::GROWN, 2.0, report.fact(flood::GROWN)),
    ]
}

/// How much memory a server may still hold half a minute after an attack, in MB. Its allocator does not return memory
/// at once.
const HELD: f64 = 20.0;

fn attacks(report: &Report) -> Vec<Requirement> {
    let of = |attack| {
        let reads = |what: String| report.samples(ATTACKS, "server", &what, attacks::READERS, None);
        let both = reads(attacks::before(attack)).zip(reads(attacks::beside(attack)));
        let slower = both.and_then(|(alone, beside)| {
            middle(alone.iter().zip(beside).map(|(alone, beside)| beside.p99 / alone.p99).collect())
        });
        let fact = |of| attacks::fact(attack, of);
        [
            at_most(format!("attack {}: p99 of reads, beside / before", attack.name()), 2.0, slower),
            at_least(fact(Of::Logins), 100.0, report.fact(&fact(Of::Logins))),
            at_most(fact(Of::Growth), 150.0, report.fact(&fact(Of::Growth))),
            at_most(fact(Of::Kept), HELD, report.fact(&fact(Of::Kept))),
        ]
    };
    attack::ALL.into_iter().flat_map(of).collect()
}

fn sizes(report: &Report) -> Vec<Requirement> {
    let (smallest, largest) = (report.sizes.iter().min().copied(), report.sizes.iter().max().copied());
    let rises = |subject: &'static str, what: &'static str| {
        let at = |size| report.samples(GROWTH, subject, what, MANY, size);
        at_most(format!("growth: cost of {what}, {subject}, largest / smallest"), 1.3, ratio(at(smallest), at(largest)))
    };
    let of = |of, messages| report.fact(&growth::fact(of, messages));
    let disk = at_most("disk, 1,000,000 messages, in MB", 1_500.0, of(growth::Of::Disk, 1_000_000));
    let batch = |sample: &Sample| sample.rate;
    let batches = report.figures.iter().filter(|figure| figure.name.scenario == RATES && figure.name.what == "batch");
    let fastest = batches.map(|figure| batch(&figure.median)).reduce(f64::max);
    // A seed message has five items. A reply has six, and every tenth message is a reply.
    let loaded = of(growth::Of::Rate, report.load).zip(fastest).map(|(messages, puts)| messages * 5.1 / puts);
    vec![
        rises("server", "list, token"),
        rises("server", "send, token"),
        rises("engine", "list"),
        rises("engine", "send"),
        at_least("seed: items a second / the engine's fastest batches", 0.5, loaded),
        at_most("memory of the server, idle, in MB", 60.0, report.fact(IDLE)),
        at_most("memory of the server, most under load, in MB", 200.0, report.fact(LOADED)),
        disk,
    ]
}

fn timelines(report: &Report) -> Vec<Requirement> {
    let posts = |followers| report.samples(POSTING, "server", &posting::what(followers), 1, None);
    let [none, .., most] = posting::FOLLOWERS.map(posts);
    let slower = none
        .zip(most)
        .and_then(|(none, most)| middle(none.iter().zip(most).map(|(none, most)| most.p50 / none.p50).collect()));
    let home = report.samples(HOME, "server", &What::Pushed.to_string(), MANY, None);
    let brought = report.samples(FANOUT, "installation", fanout::BROUGHT, 1, None);
    let written = report.samples(FANOUT, "engine", fanout::WRITTEN, fanout::CALLS, None);
    let arrives = report.samples(ARRIVAL, "server", arrival::ARRIVES, 1, None);
    let latest = arrives.and_then(|samples| middle(samples.iter().map(|sample| sample.p99 / 1e3).collect()));
    let rises = |what| {
        let same =
            report.figures.iter().filter(|figure| (figure.name.scenario, &*figure.name.what) == (TIMELINES, what));
        let ends = same.clone().min_by_key(|figure| figure.name.store).zip(same.max_by_key(|figure| figure.name.store));
        let (smallest, largest) = ends.filter(|(one, other)| one.name != other.name).unzip();
        let samples = |figure: Option<&'_ Figure>| figure.map(|figure| figure.samples.clone());
        let (smallest, largest) = (samples(smallest), samples(largest));
        at_most(
            format!("growth: cost of {what}, largest / smallest"),
            1.3,
            ratio(smallest.as_deref(), largest.as_deref()),
        )
    };
    vec![
        at_most("posts one by one: median with 5,000 followers / with none", 1.3, slower),
        at_least(
            "home at 64, pushed: server / plain route",
            0.25,
            ratio(home, report.samples(HOME, "plain route", "answer", MANY, None)),
        ),
        at_least("fan-out: entries brought / the engine's batches of the same", 0.7, ratio(brought, written)),
        at_most("arrival in a follower's timeline: p99, in ms", 100.0, latest),
        at_least(arrival::WAITING, 1.0, report.fact(arrival::WAITING)),
        rises(BY_POSTS),
        rises(BY_PEOPLE),
    ]
}

fn failures(report: &Report) -> Requirement {
    let failed = report.figures.iter().map(|figure| figure.median.failed).sum::<u64>();
    at_most("requests that failed, of all", 0.0, Some(failed as f64).filter(|_| !report.figures.is_empty()))
}

fn ratio(one: Option<&[Sample]>, other: Option<&[Sample]>) -> Option<f64> {
    let (one, other) = one.zip(other)?;
    middle(one.iter().zip(other).map(|(one, other)| one.rate / other.rate).collect())
}
