//! The memory of the server: shortly after its start, and at most with 256 connections.

use std::time::Duration;

use super::target::{ALL, Target};
use super::{Fact, Found, Stage, progress};
use crate::load::wrk::Wrk;
use crate::plan::MOST;
use crate::subject::server::Proof;
use crate::{Failure, machine};

/// The name of the scenario.
pub const MEMORY: &str = "memory";
/// The name of the fact: memory two seconds after the start.
pub const IDLE: &str = "memory of the server, idle";
/// The name of the fact: most memory under load.
pub const LOADED: &str = "memory of the server, most under load";

/// Measures both.
pub fn run(stage: &Stage<'_>, wrk: &Wrk) -> Result<Found, Failure> {
    let serving = stage.data.serve()?;
    std::thread::sleep(Duration::from_secs(2));
    let (idle, _) = machine::memory(serving.process())?;
    drop(serving);
    let target = Target::start(stage.data, wrk, "memory")?;
    for what in ALL {
        target.run(what, Proof::Token, MOST, stage.plan.measure)?;
    }
    let (_, most) = machine::memory(target.serving.process())?;
    let fact = |name: &str, bytes: u64| Fact { name: name.to_owned(), value: bytes as f64 / 1e6, unit: "MB" };
    let facts = vec![fact(IDLE, idle), fact(LOADED, most)];
    progress(&format!("memory: {:.0} MB idle, {:.0} MB at most", facts[0].value, facts[1].value));
    Ok(Found { figures: Vec::new(), facts })
}
