//! The results of a run, in two formats.

pub mod json;
pub mod table;

use serde_json::Value;

use crate::plan::Plan;
use crate::require::{self, Requirement};
use crate::sample::Sample;
use crate::scenario::{Fact, Figure, Found};

/// The results of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The machine and the versions.
    pub machine: Value,
    /// Whether this was a short trial run.
    pub quick: bool,
    /// The sizes of the stores whose growth is measured, in messages.
    pub sizes: Vec<u64>,
    /// The one of these sizes whose loading speed has a requirement.
    pub load: u64,
    /// The figures.
    pub figures: Vec<Figure>,
    /// The facts.
    pub facts: Vec<Fact>,
}

impl Report {
    /// Creates an empty report.
    #[must_use]
    pub fn new(plan: &Plan, machine: Value) -> Self {
        let (quick, sizes, load) = (plan.quick, plan.sizes.clone(), plan.load);
        Self { machine, quick, sizes, load, figures: Vec::new(), facts: Vec::new() }
    }

    /// Adds the results of a scenario.
    pub fn add(&mut self, found: Found) {
        self.figures.extend(found.figures);
        self.facts.extend(found.facts);
    }

    /// Returns the requirements, and whether they hold.
    #[must_use]
    pub fn requirements(&self) -> Vec<Requirement> {
        require::all(self)
    }

    /// Returns the samples of a figure, if it was measured.
    #[must_use]
    pub fn samples(
        &self,
        scenario: &str,
        subject: &str,
        what: &str,
        callers: u32,
        store: Option<u64>,
    ) -> Option<&[Sample]> {
        let same = |figure: &&Figure| {
            let name = &figure.name;
            (name.scenario, name.subject, name.what.as_str()) == (scenario, subject, what)
                && (name.callers, name.store) == (callers, store)
        };
        self.figures.iter().find(same).map(|figure| figure.samples.as_slice())
    }

    /// Returns the value of a fact, if it was measured.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<f64> {
        self.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value)
    }
}
