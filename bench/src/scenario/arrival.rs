//! How soon a post reaches a follower's home timeline, and whether waiting jobs are reported when no server runs.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Fact, Found, Measure, Name, Stage, measure, progress, world};
use crate::load::wire::{self, Connection, READ_TIMEOUT};
use crate::sample::{Sample, micros};
use crate::subject::server::{self, Proof};
use crate::{Failure, people};

/// The name of the scenario.
pub const ARRIVAL: &str = "arrival";
/// The name of the figure.
pub const ARRIVES: &str = "from answer to timeline, 100 followers";
/// The name of the fact: how many jobs are reported as waiting when no process runs them. See [`run`].
pub const WAITING: &str = "arrival: jobs told by `timelines lag`, with no server";
/// The author, and the follower who looks: the last one.
const AUTHOR: u64 = 0;
const READER: u64 = 1;
/// How many followers the author has.
const FOLLOWERS: usize = 100;
/// How many posts there are in a round.
const POSTS: u64 = 200;
/// How long to rest before each post.
const REST: Duration = Duration::from_millis(20);

/// Measures an otherwise idle server, which the follower polls without a pause. Then posts where no process runs
/// jobs.
pub fn run(stage: &Stage<'_>) -> Result<Found, Failure> {
    let data = world::make(stage, ARRIVAL, people::PEOPLE, |filler| {
        world::CROWD
            .clone()
            .take(FOLLOWERS - 1)
            .chain([READER])
            .try_for_each(|follower| filler.follow(follower, AUTHOR))
    })?;
    let serving = data.serve()?;
    let name = Name { scenario: ARRIVAL, subject: "server", what: ARRIVES.to_owned(), callers: 1, store: None };
    let arrives = Measure::one(name, || {
        let callers = server::callers(&serving, Proof::Token)?;
        let [author, reader] = [AUTHOR, READER].map(|person| usize::try_from(person).map(|person| &callers[person]));
        let (author, look) = (author?, wire::get("/homeTimeline?limit=1", reader?));
        let mut posting = Connection::open(serving.port)?;
        let mut looking = Connection::open(serving.port)?;
        let mut taken = Vec::new();
        for number in 0..POSTS {
            std::thread::sleep(REST);
            let post: Value = serde_json::from_str(&posting.ask(&server::post(author, number))?)?;
            let begin = Instant::now();
            let id = post["id"].as_str().ok_or("a post has no id")?;
            while !looking.ask(&look)?.contains(id) {
                if begin.elapsed() > READ_TIMEOUT {
                    return Err("a post does not arrive".into());
                }
            }
            taken.push(micros(begin.elapsed()));
        }
        let within = taken.iter().map(|micros| Duration::from_micros((*micros).into())).sum();
        Ok(Sample::of(taken, 0, within))
    });
    let figures = measure(stage.plan.rounds, vec![arrives], || Ok(()))?;
    drop(serving);
    let idle = world::open(stage, &data, false)?;
    idle.post(&idle.caller(AUTHOR)?, 1)?;
    // If the command fails, the fact is 0, and the requirement does not hold.
    let told = data.told_lag().inspect_err(|failure| progress(&failure.to_string())).unwrap_or_default();
    Ok(Found { figures, facts: vec![Fact { name: WAITING.to_owned(), value: told as f64, unit: "jobs" }] })
}
