//! How fast posts are brought to many followers, compared with the most that the engine can write.

use std::sync::Arc;
use std::time::Instant;

use super::{Found, Measure, Name, Stage, measure, world};
use crate::Failure;
use crate::crowd;
use crate::sample::Sample;
use crate::subject::engine::InProcess;

/// The name of the scenario.
pub const FANOUT: &str = "fanout";
/// The name of the service's figure.
pub const BROUGHT: &str = "entries brought";
/// The name of the engine's figure.
pub const WRITTEN: &str = "entries, 25 a batch";
/// How many batches [`InProcess::bring`] has in flight.
pub const CALLS: u32 = 128;
/// The author, who can log in.
const AUTHOR: u64 = 0;

/// Measures both in this process. The service is an installation with its jobs, from the first of many posts of an
/// author with 5,000 followers until no job is left. The engine writes the same entries in batches into a file of its
/// own.
pub fn run(stage: &Stage<'_>) -> Result<Found, Failure> {
    let data = world::make(stage, FANOUT, world::CROWD.end, |filler| {
        world::CROWD.clone().try_for_each(|follower| filler.follow(follower, AUTHOR))
    })?;
    let opened = world::open(stage, &data, true)?;
    let caller = opened.caller(AUTHOR)?;
    // The first post waits until the job runner has started.
    opened.post(&caller, 1)?;
    opened.caught_up()?;
    let engine = InProcess::open(&stage.folder.join("fanout.db"), stage.plan.clock.clone())?;
    let name =
        |subject, what: &str, callers| Name { scenario: FANOUT, subject, what: what.to_owned(), callers, store: None };
    let posts = stage.plan.brought;
    let brought = Measure::one(name("installation", BROUGHT, 1), || {
        let begin = Instant::now();
        opened.post(&caller, posts)?;
        opened.caught_up()?;
        Ok(Sample { rate: (posts * world::MOST) as f64 / begin.elapsed().as_secs_f64(), ..Sample::default() })
    });
    let mut next = 0;
    let written = Measure::one(name("engine", WRITTEN, CALLS), || {
        let some = (next..next + posts).map(|number| crowd::post(number, 1)).collect();
        next += posts;
        engine.bring(&Arc::new(some), world::CROWD)
    });
    let figures = measure(stage.plan.rounds, vec![brought, written], || Ok(()))?;
    Ok(Found { figures, facts: Vec::new() })
}
