//! The commands for home timelines.

mod lag;
mod rebuild;

use clap::Subcommand;
use twclone_settings::Settings;

use super::reference;
use crate::failure::Failure;
use crate::output::Output;

/// What can be done with them.
// The commands' own comments are their help: one here would take the place of all that they say.
#[derive(Subcommand)]
pub(crate) enum Timelines {
    Lag(lag::Lag),
    Rebuild(rebuild::Rebuild),
}

impl Timelines {
    /// Does what was asked for.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Lag(lag) => lag.run(settings, output).await,
            Self::Rebuild(rebuild) => rebuild.run(settings, output).await,
        }
    }
}
