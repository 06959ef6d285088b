//! The commands for delegates.

mod add;
mod remove;

use clap::Subcommand;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;

/// What can be done with delegates.
// The commands' own comments are their help: one here would take the place of all that they say.
#[derive(Subcommand)]
pub(crate) enum Delegate {
    Add(add::Add),
    Remove(remove::Remove),
}

impl Delegate {
    /// Does what was asked for.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(settings, output).await,
            Self::Remove(remove) => remove.run(settings, output).await,
        }
    }
}
