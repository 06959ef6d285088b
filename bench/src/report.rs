//! What a run found, in three forms.

pub mod json;
mod panel;
pub mod svg;
pub mod table;

use serde_json::Value;

use crate::plan::Plan;
use crate::require::{self, Requirement};
use crate::sample::Sample;
use crate::scenario::{Fact, Figure, Found};

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The machine and the versions.
    pub machine: Value,
    /// Whether the run was a short one.
    pub quick: bool,
    /// How many messages there are in the stores whose growth is looked at.
    pub sizes: Vec<u64>,
    /// How many messages are loaded where that is timed.
    pub load: u64,
    /// Figures.
    pub figures: Vec<Figure>,
    /// Facts.
    pub facts: Vec<Fact>,
}

impl Report {
    /// An empty one, of a run that begins.
    #[must_use]
    pub fn new(plan: &Plan, machine: Value) -> Self {
        let (quick, sizes, load) = (plan.quick, plan.sizes.clone(), plan.load);
        Self { machine, quick, sizes, load, figures: Vec::new(), facts: Vec::new() }
    }

    /// With what a scenario found.
    pub fn add(&mut self, found: Found) {
        self.figures.extend(found.figures);
        self.facts.extend(found.facts);
    }

    /// What must hold, and whether it does.
    #[must_use]
    pub fn requirements(&self) -> Vec<Requirement> {
        require::all(self)
    }

    /// The samples of a figure, where it was measured.
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

    /// The value of a fact, where it was measured.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<f64> {
        self.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value)
    }
}
