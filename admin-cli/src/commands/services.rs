//! The commands for service instances.

mod list;

use clap::Subcommand;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;

/// The subcommands.
// The doc comments of the types inside are the commands' help texts. A doc comment on a variant here would replace
// them.
#[derive(Subcommand)]
pub(crate) enum Services {
    List(list::List),
}

impl Services {
    /// Runs the command.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(settings, output).await,
        }
    }
}
