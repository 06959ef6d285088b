//! The cost of requests as the store grows.

use super::target::{Target, What};
use super::{Fact, Found, Measure, Name, Stage, measure, progress};
use crate::Failure;
use crate::load::wrk::Wrk;
use crate::plan::MANY;
use crate::subject::engine::{InProcess, Work};
use crate::subject::server::{Data, Load, Proof};

/// The name of the scenario.
pub const GROWTH: &str = "growth";

/// A store of one size, with a server and an engine in this process on it.
struct Store {
    target: Target,
    engine: InProcess,
    messages: u64,
}

/// Creates a store of each size, then measures all of them in turn. Lists come first, because sends enlarge the small
/// stores. A size is that at the beginning.
pub fn run(stage: &Stage<'_>, wrk: &Wrk) -> Result<Found, Failure> {
    let mut facts = Vec::new();
    let mut stores = Vec::new();
    for messages in stage.plan.sizes.iter().copied() {
        progress(&format!("loading {messages} messages"));
        let (data, load) = Data::make(&stage.folder.join(format!("growth-{messages}")), messages)?;
        let rate = messages as f64 / load.time.as_secs_f64();
        progress(&format!("loaded {messages} messages: {rate:.0}/s"));
        facts.extend(told(messages, &load));
        let target = Target::start(&data, wrk, &format!("growth-{messages}"))?;
        let engine = InProcess::open(&data.items(), stage.plan.clock.clone())?;
        stores.push(Store { target, engine, messages });
    }
    let mut figures = Vec::new();
    for what in [What::List, What::Send] {
        let log_in = || stores.iter().try_for_each(|store| store.target.log_in());
        let measures = stores.iter().flat_map(|store| measures(store, what, stage)).collect();
        figures.extend(measure(stage.plan.rounds, measures, log_in)?);
    }
    Ok(Found { figures, facts })
}

fn measures<'a>(store: &'a Store, what: What, stage: &Stage<'_>) -> [Measure<'a>; 2] {
    let time = stage.plan.measure;
    let work = if what == What::List { Work::List } else { Work::Send };
    let name = |subject, what| Name { scenario: GROWTH, subject, what, callers: MANY, store: Some(store.messages) };
    [
        Measure::one(name("server", format!("{what}, token")), move || {
            store.target.run(what, Proof::Token, MANY, time)
        }),
        Measure::one(name("engine", what.to_string()), move || store.engine.run(work, MANY, time)),
    ]
}

/// What a fact about loading measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Messages per second.
    Rate,
    /// The memory of the command.
    Memory,
    /// The size on disk afterwards.
    Disk,
}

/// Returns the name of a fact about loading this many messages.
#[must_use]
pub fn fact(of: Of, messages: u64) -> String {
    match of {
        Of::Rate => format!("twclone-admin seed of {messages} messages"),
        Of::Memory => format!("memory of seed, {messages} messages"),
        Of::Disk => format!("disk, {messages} messages"),
    }
}

fn told(messages: u64, load: &Load) -> [Fact; 3] {
    let rate = messages as f64 / load.time.as_secs_f64();
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    [
        Fact { name: fact(Of::Rate, messages), value: rate, unit: "messages/s" },
        Fact { name: fact(Of::Memory, messages), value: megabytes(load.memory), unit: "MB" },
        Fact { name: fact(Of::Disk, messages), value: megabytes(load.disk), unit: "MB" },
    ]
}
