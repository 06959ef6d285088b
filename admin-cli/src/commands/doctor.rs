use std::fmt;

use clap::Args;
use serde::Serialize;
use twclone_domain::doctor::{self, Check};
use twclone_domain::{Clock, Randomness};
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// Look whether the stores hold what was written to them
///
/// Reads both stores as a whole, beside a running server or without one: SQLite's own structure, and the checksum
/// of every account and item. Exit code 1 where there are faults. DynamoDB checks what it keeps by itself.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin doctor --json")]
pub(crate) struct Doctor {
    /// Cut a write-ahead log where it is damaged, so that the server starts again; a copy is kept. What was
    /// written behind the damage is lost. Stop the server first
    #[arg(long)]
    repair: bool,
}

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    healthy: bool,
    stores: Vec<Checked>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Checked {
    store: String,
    items: Option<u64>,
    faults: Vec<String>,
    repaired: Vec<String>,
}

impl Doctor {
    /// Looks.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        opened::require(settings)?;
        let configuration = settings.configuration(false);
        let checks = doctor::examine(&configuration, self.repair, &Clock::system(), &Randomness::system()).await;
        let faults: usize = checks.iter().map(|check| check.faults.len()).sum();
        let stores = checks.into_iter().map(Checked::from).collect();
        output.answer(&Answer { healthy: faults == 0, stores })?;
        match faults {
            0 => Ok(()),
            1 => Err(Failure::failed("there is a fault")),
            faults => Err(Failure::failed(format!("there are {faults} faults"))),
        }
    }
}

impl From<Check> for Checked {
    fn from(check: Check) -> Self {
        let Check { store, items, faults, repaired } = check;
        Self { store, items, faults, repaired }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, store) in self.stores.iter().enumerate() {
            let line = if place == 0 { "" } else { "\n" };
            let state = if store.faults.is_empty() { "sound" } else { "damaged" };
            write!(formatter, "{line}{:<12}  {state}", store.store)?;
            if let Some(items) = store.items {
                write!(formatter, ", {items} items")?;
            }
            for text in store.repaired.iter().chain(&store.faults) {
                write!(formatter, "\n  {text}")?;
            }
        }
        Ok(())
    }
}
