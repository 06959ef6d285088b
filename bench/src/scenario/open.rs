//! A fixed rate: half of what the server can do, so that the percentiles are those of a server that is busy, but not
//! overloaded.

use super::target::{Target, What};
use super::{Found, Measure, Name, Stage, measure};
use crate::Failure;
use crate::load;
use crate::load::wrk::Wrk;
use crate::plan::MANY;
use crate::subject::server::{self, Proof};

/// The name of the scenario.
pub const OPEN: &str = "open";

/// Measures lists and sends.
pub fn run(stage: &Stage<'_>, wrk: &Wrk) -> Result<Found, Failure> {
    let time = stage.plan.measure;
    let target = Target::start(stage.data, wrk, "open")?;
    let mut measures = Vec::new();
    for what in [What::List, What::Send] {
        let target = &target;
        let name = |what: String| Name { scenario: OPEN, subject: "server", what, callers: MANY, store: None };
        // The highest rate is measured just before, in each round.
        let names =
            vec![name(format!("{what}, token, as fast as it goes")), name(format!("{what}, token, fixed rate"))];
        measures.push(Measure::many(names, move || {
            let closed = target.run(what, Proof::Token, MANY, time)?;
            let requests = what.requests(&server::callers(&target.serving, Proof::Token)?);
            let open = load::open::run(target.serving.port, MANY, closed.rate / 2.0, time, &requests)?;
            Ok(vec![closed, open])
        }));
    }
    let figures = measure(stage.plan.rounds, measures, || target.log_in())?;
    Ok(Found { figures, facts: Vec::new() })
}
