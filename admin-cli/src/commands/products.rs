//! The commands for the shop's catalogue.

mod import;
mod list;

use clap::Subcommand;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;

/// What can be done with it.
// The commands' own comments are their help: one here would take the place of all that they say.
#[derive(Subcommand)]
pub(crate) enum Products {
    List(list::List),
    Import(import::Import),
}

impl Products {
    /// Does what was asked for.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(settings, output).await,
            Self::Import(import) => import.run(settings, output).await,
        }
    }
}
