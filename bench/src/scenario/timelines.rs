//! The cost of a home timeline's page, as the followed authors post more and more, and as there are more and more
//! people who follow each other.

use super::{Found, Measure, Name, Stage, measure, world};
use crate::crowd::{self, AUTHORS, KEPT};
use crate::load::wrk::Wrk;
use crate::plan::MANY;
use crate::subject::filler::Filler;
use crate::subject::program::Serving;
use crate::subject::server::{self, Proof};
use crate::{Failure, people};

/// The name of the scenario.
pub const TIMELINES: &str = "timelines";
/// The home page, by the number of posts of the followed authors.
pub const BY_POSTS: &str = "home, by posts";
/// The home page, by the number of people.
pub const BY_PEOPLE: &str = "home, by people";
/// How many people read.
const READERS: u64 = 16;
/// How many authors each reader follows. All of them are pushed.
const FOLLOWED: u64 = 20;

struct Store {
    serving: Serving,
    what: &'static str,
    size: u64,
}

/// Creates a folder of each size, then measures all of them in turn.
pub fn run(stage: &Stage<'_>, wrk: &Wrk) -> Result<Found, Failure> {
    let smallest = stage.plan.crowds.iter().copied().min().unwrap_or(people::PEOPLE);
    let sizes = |what| stage.plan.crowds.iter().map(move |size| (what, *size));
    let mut stores = Vec::new();
    for (what, size) in sizes(BY_POSTS).chain(sizes(BY_PEOPLE)) {
        let (posts, people) = if what == BY_POSTS { (size, people::PEOPLE) } else { (smallest, size) };
        let name = format!("timelines-{posts}-{people}");
        let data =
            world::make(stage, &format!("{name}-{}", stores.len()), people, |filler| fill(filler, posts, people))?;
        stores.push(Store { serving: data.serve()?, what, size });
    }
    let log_in = || stores.iter().try_for_each(|store| store.log_in(wrk));
    let measures = stores.iter().map(|store| {
        let (what, callers) = (store.what.to_owned(), MANY);
        let name = Name { scenario: TIMELINES, subject: "server", what, callers, store: Some(store.size) };
        Measure::one(name, || wrk.run(&store.serving, MANY, stage.plan.measure, &store.file()))
    });
    let figures = measure(stage.plan.rounds, measures.collect(), log_in)?;
    Ok(Found { figures, facts: Vec::new() })
}

impl Store {
    fn log_in(&self, wrk: &Wrk) -> Result<(), Failure> {
        let callers = server::callers(&self.serving, Proof::Token)?;
        let requests = server::homes(&callers, 0..READERS);
        for request in &requests {
            world::page_of_20(self.serving.port, request)?;
        }
        wrk.keep(&self.file(), &requests)
    }

    fn file(&self) -> String {
        format!("{}-{}", self.what, self.size)
    }
}

fn fill(filler: &mut Filler, posts: u64, people: u64) -> Result<(), Failure> {
    for reader in 0..READERS {
        (AUTHORS..AUTHORS + FOLLOWED).try_for_each(|author| filler.follow(reader, author))?;
    }
    for person in READERS..people {
        crowd::some_others(person, people).into_iter().try_for_each(|other| filler.follow(person, other))?;
    }
    for number in 0..posts {
        let is_kept = usize::try_from(posts - number)? <= KEPT;
        filler.post(&crowd::post(number, FOLLOWED), (0..READERS).filter(|_| is_kept))?;
    }
    Ok(())
}
