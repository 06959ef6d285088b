//! The commands for delegates.

mod add;
mod remove;

use clap::Subcommand;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;

/// The subcommands.
// The doc comments of the types inside are the commands' help texts. A doc comment on a variant here would replace
// them.
#[derive(Subcommand)]
pub(crate) enum Delegate {
    Add(add::Add),
    Remove(remove::Remove),
}

impl Delegate {
    /// Runs the command.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(settings, output).await,
            Self::Remove(remove) => remove.run(settings, output).await,
        }
    }
}
