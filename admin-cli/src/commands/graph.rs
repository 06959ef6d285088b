//! The commands for follows.

mod address;
mod export;
mod import;

use clap::Subcommand;
use twclone_settings::Settings;

use super::reference;
use crate::failure::Failure;
use crate::output::Output;

/// The subcommands.
// The doc comments of the types inside are the commands' help texts. A doc comment on a variant here would replace
// them.
#[derive(Subcommand)]
pub(crate) enum Graph {
    Export(export::Export),
    Import(import::Import),
}

impl Graph {
    /// Runs the command.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Export(export) => export.run(settings, output).await,
            Self::Import(import) => import.run(settings, output).await,
        }
    }
}
