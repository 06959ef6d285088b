//! The commands for who follows whom.

mod address;
mod export;
mod import;

use clap::Subcommand;
use twclone_settings::Settings;

use super::reference;
use crate::failure::Failure;
use crate::output::Output;

/// What can be done with them.
// The commands' own comments are their help: one here would take the place of all that they say.
#[derive(Subcommand)]
pub(crate) enum Graph {
    Export(export::Export),
    Import(import::Import),
}

impl Graph {
    /// Does what was asked for.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Export(export) => export.run(settings, output).await,
            Self::Import(import) => import.run(settings, output).await,
        }
    }
}
