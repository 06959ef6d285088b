//! The commands for the keys that sign access tokens.

mod list;
mod rotate;
mod view;

use clap::Subcommand;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;

/// What can be done with keys.
// The commands' own comments are their help: one here would take the place of all that they say.
#[derive(Subcommand)]
pub(crate) enum Keys {
    List(list::List),
    Rotate(rotate::Rotate),
}

impl Keys {
    /// Does what was asked for.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(settings, output).await,
            Self::Rotate(rotate) => rotate.run(settings, output).await,
        }
    }
}
