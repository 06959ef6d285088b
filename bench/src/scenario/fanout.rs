//! How fast posts are brought to many followers, beside what the engine could write at most.

use std::sync::Arc;
use std::time::Instant;

use super::{Found, Measure, Name, Stage, measure, world};
use crate::Failure;
use crate::crowd;
use crate::sample::Sample;
use crate::subject::engine::InProcess;

/// What this scenario is called.
pub const FANOUT: &str = "fanout";
/// What is measured of the service.
pub const BROUGHT: &str = "entries brought";
/// What of the engine.
pub const WRITTEN: &str = "entries, 25 a batch";
/// By how many calls side by side: as many as the jobs have on their way.
pub const CALLS: u32 = 128;
/// Who posts: one of those who can log in.
const AUTHOR: u64 = 0;

/// Measures both in this process: an installation with its jobs, from the first of many posts of an author with 5,000
/// followers until no job is left; and the same entries by batches of the engine, as many side by side, into a file of
/// its own.
pub fn run(stage: &Stage<'_>) -> Result<Found, Failure> {
    let data = world::make(stage, FANOUT, world::CROWD.end, |filler| {
        world::CROWD.clone().try_for_each(|follower| filler.follow(follower, AUTHOR))
    })?;
    let opened = world::open(stage, &data, true)?;
    let caller = opened.caller(AUTHOR)?;
    // The first has to wait until the jobs have somebody who does them.
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
