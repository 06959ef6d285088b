//! Two server processes that write to one data folder.

use super::target::{Target, What};
use super::{Found, Measure, Name, Stage, measure};
use crate::Failure;
use crate::load::wrk::Wrk;
use crate::plan::MANY;
use crate::subject::server::Proof;

/// The name of the scenario.
pub const PROCESSES: &str = "processes";

/// Measures both at the same time, with half of the connections each.
pub fn run(stage: &Stage<'_>, wrk: &Wrk) -> Result<Found, Failure> {
    let time = stage.plan.measure;
    let targets = [Target::start(stage.data, wrk, "first")?, Target::start(stage.data, wrk, "second")?];
    let names = ["first of two", "second of two"].map(|subject| Name {
        scenario: PROCESSES,
        subject,
        what: "send, token".to_owned(),
        callers: MANY / 2,
        store: None,
    });
    let both = Measure::many(names.to_vec(), || {
        std::thread::scope(|scope| {
            let run = |target| scope.spawn(move || Target::run(target, What::Send, Proof::Token, MANY / 2, time));
            let running = targets.each_ref().map(run);
            running.into_iter().map(|thread| thread.join().map_err(|_| "a run of wrk panicked")?).collect()
        })
    });
    let figures = measure(stage.plan.rounds, vec![both], || targets.iter().try_for_each(Target::log_in))?;
    Ok(Found { figures, facts: Vec::new() })
}
