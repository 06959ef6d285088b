//! The commands for home timelines.

mod lag;
mod rebuild;

use clap::Subcommand;
use twclone_settings::Settings;

use super::reference;
use crate::failure::Failure;
use crate::output::Output;

/// The subcommands.
// The doc comments of the types inside are the commands' help texts. A doc comment on a variant here would replace
// them.
#[derive(Subcommand)]
pub(crate) enum Timelines {
    Lag(lag::Lag),
    Rebuild(rebuild::Rebuild),
}

impl Timelines {
    /// Runs the command.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Lag(lag) => lag.run(settings, output).await,
            Self::Rebuild(rebuild) => rebuild.run(settings, output).await,
        }
    }
}
