//! The commands for the instances of the services.

mod list;

use clap::Subcommand;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;

/// What can be done with them.
// The commands' own comments are their help: one here would take the place of all that they say.
#[derive(Subcommand)]
pub(crate) enum Services {
    List(list::List),
}

impl Services {
    /// Does what was asked for.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(settings, output).await,
        }
    }
}
