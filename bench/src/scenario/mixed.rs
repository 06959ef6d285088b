//! Readers and writers at the same time.

use super::target::{Target, What};
use super::{Found, Measure, Name, Stage, measure};
use crate::Failure;
use crate::load::wrk::Wrk;
use crate::plan::MANY;
use crate::subject::server::Proof;

/// The name of the scenario.
pub const MIXED: &str = "mixed";

/// Measures half of the connections, which list, while the other half sends.
pub fn run(stage: &Stage<'_>, wrk: &Wrk) -> Result<Found, Failure> {
    let time = stage.plan.measure;
    let target = Target::start(stage.data, wrk, "mixed")?;
    let kinds = [What::List, What::Send];
    let names = kinds.map(|what| Name {
        scenario: MIXED,
        subject: "server",
        what: format!("{what}, token"),
        callers: MANY / 2,
        store: None,
    });
    let both = Measure::many(names.to_vec(), || {
        std::thread::scope(|scope| {
            let target = &target;
            let run = |what| scope.spawn(move || target.run(what, Proof::Token, MANY / 2, time));
            let running = kinds.map(run);
            running.into_iter().map(|thread| thread.join().map_err(|_| "a run of wrk panicked")?).collect()
        })
    });
    let figures = measure(stage.plan.rounds, vec![both], || target.log_in())?;
    Ok(Found { figures, facts: Vec::new() })
}
