//! Posts of authors with few and many followers. A post is answered when it is on disk. The author must not notice
//! that it has to be brought to 5,000 followers.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use super::{Found, Measure, Name, Stage, measure, world};
use crate::load::wire::{Caller, Connection};
use crate::plan::MANY;
use crate::sample::{Sample, micros};
use crate::subject::opened::Opened;
use crate::subject::program::Serving;
use crate::subject::server::{self, Proof};
use crate::{Failure, machine};

/// The name of the scenario.
pub const POSTING: &str = "posting";
/// How many followers the authors have. The authors are the first people.
pub const FOLLOWERS: [u64; 3] = [0, 100, world::MOST];
/// The order of the authors. Each one comes once after each, so that the aftermath of a post affects all alike.
const ORDER: [usize; 9] = [0, 0, 1, 0, 2, 2, 1, 1, 2];
/// How often the order is repeated in a round: in a full run, and in a quick one.
const TURNS: [usize; 2] = [12, 4];
/// How often all connections post at the same moment in a round: in a full run, and in a quick one.
const BURSTS: [usize; 2] = [3, 1];
/// How long to rest before a post.
const REST: Duration = Duration::from_millis(5);

/// Returns the name of the posts of an author with this many followers.
#[must_use]
pub fn what(followers: u64) -> String {
    format!("post, {followers} followers")
}

/// Measures posts one by one, and posts of all connections at the same moment. Each time all earlier posts have been
/// brought to their followers.
pub fn run(stage: &Stage<'_>) -> Result<Found, Failure> {
    let data = world::make(stage, POSTING, world::CROWD.end, |filler| {
        for (author, followers) in (0..).zip(FOLLOWERS) {
            world::CROWD
                .clone()
                .take(usize::try_from(followers)?)
                .try_for_each(|follower| filler.follow(follower, author))?;
        }
        Ok(())
    })?;
    let serving = data.serve_pushing()?;
    let watch = world::open(stage, &data, false)?;
    let names = |callers| {
        let name =
            |followers| Name { scenario: POSTING, subject: "server", what: what(followers), callers, store: None };
        FOLLOWERS.map(name).to_vec()
    };
    let quick = usize::from(stage.plan.quick);
    let place = Place { serving: &serving, watch: &watch };
    let measures = vec![
        Measure::many(names(1), || place.one_by_one(TURNS[quick])),
        Measure::many(names(MANY), || place.at_once(BURSTS[quick])),
    ];
    let figures = measure(stage.plan.rounds, measures, || Ok(()))?;
    Ok(Found { figures, facts: Vec::new() })
}

struct Place<'a> {
    serving: &'a Serving,
    watch: &'a Opened,
}

impl Place<'_> {
    fn one_by_one(&self, turns: usize) -> Result<Vec<Sample>, Failure> {
        let authors = server::callers(self.serving, Proof::Token)?;
        let mut connection = Connection::open(self.serving.port)?;
        let mut done = [const { Done::new() }; FOLLOWERS.len()];
        for author in ORDER.into_iter().cycle().take(ORDER.len() * turns) {
            self.quiet()?;
            done[author].add(&mut connection, &authors[author])?;
        }
        // The rate is that of a client that waits for each response.
        Ok(done
            .map(|done| done.sample(done.taken.iter().map(|micros| Duration::from_micros((*micros).into())).sum()))
            .into())
    }

    fn at_once(&self, bursts: usize) -> Result<Vec<Sample>, Failure> {
        let authors = server::callers(self.serving, Proof::Token)?;
        let connections = (0..MANY).map(|_| Connection::open(self.serving.port));
        let mut connections = connections.collect::<Result<Vec<_>, _>>()?;
        let mut samples = Vec::new();
        for author in &authors[..FOLLOWERS.len()] {
            let (mut all, mut within) = (Done::new(), Duration::ZERO);
            for _ in 0..bursts {
                self.quiet()?;
                let (done, time) = burst(&mut connections, author)?;
                all.failed += done.failed;
                all.taken.extend(done.taken);
                within += time;
            }
            samples.push(all.sample(within));
        }
        Ok(samples)
    }

    /// Waits until all posts have been brought and flushed to disk, and then for a moment.
    fn quiet(&self) -> Result<(), Failure> {
        self.watch.caught_up()?;
        machine::settle();
        std::thread::sleep(REST);
        Ok(())
    }
}

/// Posts once over each connection, all at the same moment. Also returns the time until the last response.
fn burst(connections: &mut [Connection], author: &Caller) -> Result<(Done, Duration), Failure> {
    let barrier = Barrier::new(connections.len());
    let done = std::thread::scope(|scope| {
        let post = |connection| {
            let barrier = &barrier;
            scope.spawn(move || {
                let mut done = Done::new();
                barrier.wait();
                let begin = Instant::now();
                done.add(connection, author).map(|()| (done, begin, Instant::now()))
            })
        };
        let threads: Vec<_> = connections.iter_mut().map(post).collect();
        let joined =
            threads.into_iter().map(|thread| thread.join().map_err(|_| Failure::from("a connection panicked"))?);
        joined.collect::<Result<Vec<_>, Failure>>()
    })?;
    let begin = done.iter().map(|(_, begin, _)| *begin).min();
    let end = done.iter().map(|(_, _, end)| *end).max();
    let time = begin.zip(end).map(|(begin, end)| end - begin).unwrap_or_default();
    let mut all = Done::new();
    for (done, ..) in done {
        all.failed += done.failed;
        all.taken.extend(done.taken);
    }
    Ok((all, time))
}

/// The latencies of successful posts, and the number of failed ones.
struct Done {
    taken: Vec<u32>,
    failed: u64,
}

impl Done {
    const fn new() -> Self {
        Self { taken: Vec::new(), failed: 0 }
    }

    fn add(&mut self, connection: &mut Connection, author: &Caller) -> Result<(), Failure> {
        let request = server::post(author, self.taken.len() as u64);
        let begin = Instant::now();
        let (status, _) = connection.exchange(&request)?;
        let time = micros(begin.elapsed());
        if status == 201 {
            self.taken.push(time);
        } else {
            self.failed += 1;
        }
        Ok(())
    }

    fn sample(&self, within: Duration) -> Sample {
        Sample::of(self.taken.clone(), self.failed, within)
    }
}
