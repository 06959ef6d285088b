//! The scenarios, one module each.

pub mod arrival;
pub mod attacks;
pub mod fanout;
pub mod flood;
pub mod gateway;
pub mod growth;
pub mod home;
pub mod logins;
pub mod memory;
pub mod mixed;
pub mod open;
pub mod overload;
pub mod posting;
pub mod processes;
pub mod rates;
pub mod target;
pub mod timelines;
mod world;

use std::path::Path;

use serde::Serialize;

use crate::plan::Plan;
use crate::sample::{self, Sample};
use crate::subject::server::Data;
use crate::{Failure, machine};

/// The environment of a run.
#[derive(Debug)]
pub struct Stage<'a> {
    /// The extent of the run.
    pub plan: &'a Plan,
    /// A temporary folder, on the disk that is measured.
    pub folder: &'a Path,
    /// The server's data, with some messages to begin with.
    pub data: &'a Data,
}

/// The identity of a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Name {
    /// The scenario.
    pub scenario: &'static str,
    /// The subject, such as `server`.
    pub subject: &'static str,
    /// The operation, such as `send, token`.
    pub what: String,
    /// The number of connections, callers or threads.
    pub callers: u32,
    /// How many messages, posts or people there were to begin with, if the figure depends on that.
    pub store: Option<u64>,
}

/// A figure: every sample, and their median.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// The identity.
    #[serde(flatten)]
    pub name: Name,
    /// The median of the samples.
    pub median: Sample,
    /// One sample for each round.
    pub samples: Vec<Sample>,
}

/// A value that is measured once, with its unit.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// The value.
    pub value: f64,
    /// The unit.
    pub unit: &'static str,
}

/// The results of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The figures.
    pub figures: Vec<Figure>,
    /// The facts.
    pub facts: Vec<Fact>,
}

/// Takes one sample of each of several figures at the same time.
pub struct Measure<'a> {
    names: Vec<Name>,
    take: Box<dyn FnMut() -> Result<Vec<Sample>, Failure> + 'a>,
}

impl<'a> Measure<'a> {
    /// Creates a measure of one figure.
    pub fn one(name: Name, mut take: impl FnMut() -> Result<Sample, Failure> + 'a) -> Self {
        Self::many(vec![name], move || Ok(vec![take()?]))
    }

    /// Creates a measure of several figures.
    pub fn many(names: Vec<Name>, take: impl FnMut() -> Result<Vec<Sample>, Failure> + 'a) -> Self {
        Self { names, take: Box::new(take) }
    }
}

/// Takes all measures in each round, so that changes of the machine affect all of them.
pub fn measure(
    rounds: u32,
    mut measures: Vec<Measure<'_>>,
    before_round: impl Fn() -> Result<(), Failure>,
) -> Result<Vec<Figure>, Failure> {
    let mut samples = vec![Vec::new(); measures.len()];
    for round in 1..=rounds {
        before_round()?;
        for (measure, samples) in measures.iter_mut().zip(&mut samples) {
            machine::settle();
            let taken = (measure.take)()?;
            for (name, sample) in measure.names.iter().zip(&taken) {
                progress(&format!("round {round} of {rounds}: {name}: {:.0}/s", sample.rate));
            }
            samples.push(taken);
        }
    }
    let mut figures = Vec::new();
    for (measure, taken) in measures.into_iter().zip(samples) {
        for (place, name) in measure.names.into_iter().enumerate() {
            let samples: Vec<_> = taken.iter().filter_map(|taken| taken.get(place).cloned()).collect();
            figures.push(Figure { name, median: sample::median(&samples), samples });
        }
    }
    Ok(figures)
}

/// Reports progress on standard error. Standard output is for the tables.
pub fn progress(text: &str) {
    eprintln!("bench: {text}");
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {} by {}", self.subject, self.what, self.callers)?;
        self.store.map_or(Ok(()), |store| write!(formatter, ", of {store}"))
    }
}
