//! The commands for the keys that sign access tokens.

mod list;
mod rotate;
mod view;

use clap::Subcommand;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;

/// The subcommands.
// The doc comments of the types inside are the commands' help texts. A doc comment on a variant here would replace
// them.
#[derive(Subcommand)]
pub(crate) enum Keys {
    List(list::List),
    Rotate(rotate::Rotate),
}

impl Keys {
    /// Runs the command.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(settings, output).await,
            Self::Rotate(rotate) => rotate.run(settings, output).await,
        }
    }
}
