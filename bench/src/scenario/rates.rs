//! Rates: over HTTP by connections, in process by callers, and of SQLite below that.

use std::path::Path;

use super::target::{ALL, PROOFS, Target, What, plain_request};
use super::{Found, Measure, Name, Stage, measure};
use crate::Failure;
use crate::load::wrk::Wrk;
use crate::plan::{CALLERS, MANY};
use crate::subject::engine::{InProcess, Work};
use crate::subject::plain;
use crate::subject::raw::{self, Raw};

/// The name of the scenario.
pub const RATES: &str = "rates";

/// Measures all rates.
pub fn run(stage: &Stage<'_>, wrk: &Wrk) -> Result<Found, Failure> {
    let (plan, time) = (stage.plan, stage.plan.measure);
    let target = Target::start(stage.data, wrk, "rates")?;
    let body = stage.folder.join("page.json");
    std::fs::write(&body, target.page()?)?;
    let route = plain::start(&body)?;
    let request = plain_request(wrk)?;
    let file = stage.folder.join("engine.db");
    let engine = InProcess::open(&file, plan.clock.clone())?;
    engine.fill(stage.data.messages)?;

    let mut measures = Vec::new();
    for callers in CALLERS {
        let (engine, route) = (&engine, &route);
        let answer = name("plain route", "answer", callers);
        measures.push(Measure::one(answer, move || wrk.run(route, callers, time, request)));
        for what in ALL {
            for proof in PROOFS {
                let name = name("server", &format!("{what}, {proof}"), callers);
                let target = &target;
                measures.push(Measure::one(name, move || target.run(what, proof, callers, time)));
            }
            let call = work(what);
            let name = name("engine", &what.to_string(), callers);
            measures.push(Measure::one(name, move || engine.run(call, callers, time)));
            // Measured next to the figure that it is compared with.
            if callers == MANY {
                measures.extend(raw_measures(&file, what, stage));
            }
        }
        measures.push(Measure::one(name("engine", "batch", callers), move || engine.run(Work::Batch, callers, time)));
    }
    let figures = measure(plan.rounds, measures, || target.log_in())?;
    Ok(Found { figures, facts: Vec::new() })
}

fn raw_measures<'a>(file: &'a Path, what: What, stage: &Stage<'a>) -> Vec<Measure<'a>> {
    let (time, folder) = (stage.plan.measure, stage.folder);
    let send = |messages: u64, text| {
        let copy = move || Raw::copy(file, &folder.join("raw.db"));
        Measure::one(name("SQLite", text, 1), move || copy()?.send(messages, time))
    };
    let list = |threads| Measure::one(name("SQLite", "list", threads), move || raw::list(file, threads, time));
    match what {
        What::Send => vec![send(64, "send, 64 a commit"), send(1, "send, each a commit")],
        What::List => vec![list(1), list(2)],
        What::Reply => Vec::new(),
    }
}

fn work(what: What) -> Work {
    match what {
        What::Send => Work::Send,
        What::Reply => Work::Reply,
        What::List => Work::List,
    }
}

fn name(subject: &'static str, what: &str, callers: u32) -> Name {
    Name { scenario: RATES, subject, what: what.to_owned(), callers, store: None }
}
