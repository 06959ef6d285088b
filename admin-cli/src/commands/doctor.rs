use std::fmt;

use clap::Args;
use serde::Serialize;
use twclone_domain::doctor::{self, Check, Version};
use twclone_domain::{Clock, Randomness};
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// Check that both stores are sound and consistent
///
/// Reads both stores completely, with or without a running server. Checks file permissions; the structure of the
/// databases, and the checksum of every account and item (DynamoDB checks its own data); that each message is in all
/// its lists and in no other; that profiles match their accounts, and counters what they count; that nothing is left
/// of deleted accounts; and that both stores have the same age. The exit code is 1 if it finds a fault. Notes are not
/// faults.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin doctor --json")]
pub(crate) struct Doctor {
    /// Repair what can be repaired. Stop the server first. Restricts file permissions, restores missing and changed
    /// copies from their originals, removes copies that do not belong, corrects counters, repeats incomplete
    /// deletions, retries parked jobs, and accepts two stores of different age as they are. Truncates a damaged
    /// write-ahead log, so that the server can start: a copy is kept, and writes behind the damage are lost
    #[arg(long)]
    repair: bool,
}

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
    version: Option<SchemaVersion>,
    faults: Vec<String>,
    repaired: Vec<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct SchemaVersion {
    found: usize,
    known: usize,
}

impl Doctor {
    /// Examines the stores, and fails if there are faults.
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
        let Check { store, items, version, faults, repaired, notes } = check;
        let version = version.map(|Version { found, known }| SchemaVersion { found, known });
        Self { store, items, version, faults, repaired, notes }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, store) in self.stores.iter().enumerate() {
            let line = if place == 0 { "" } else { "\n" };
            let state = if store.faults.is_empty() { "sound" } else { "faulty" };
            write!(formatter, "{line}{:<12}  {state}", store.store)?;
            if let Some(items) = store.items {
                write!(formatter, ", {items} items")?;
            }
            match store.version {
                Some(SchemaVersion { found, known }) if found == known => write!(formatter, ", version {found}")?,
                Some(SchemaVersion { found, known }) => write!(formatter, ", version {found} (this is {known})")?,
                None => {}
            }
            let parts = [("repaired", &store.repaired), ("fault", &store.faults), ("note", &store.notes)];
            for (kind, text) in parts.iter().flat_map(|(kind, texts)| texts.iter().map(move |text| (kind, text))) {
                write!(formatter, "\n  {kind}: {text}")?;
            }
        }
        Ok(())
    }
}
