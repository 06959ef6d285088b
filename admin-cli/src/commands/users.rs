//! The commands for users.

mod add;
mod delegate;
mod delete;
mod disable;
mod enable;
mod list;
mod passwd;
mod role;
mod sessions;
mod show;
mod view;

use clap::Subcommand;
use twclone_settings::Settings;

use super::reference;
use crate::failure::Failure;
use crate::output::Output;

/// The subcommands.
// The doc comments of the types inside are the commands' help texts. A doc comment on a variant here would replace
// them.
#[derive(Subcommand)]
pub(crate) enum Users {
    Add(add::Add),
    List(list::List),
    Show(show::Show),
    Passwd(passwd::Passwd),
    Disable(disable::Disable),
    Enable(enable::Enable),
    Delete(delete::Delete),
    Role(role::Role),
    Sessions(sessions::Sessions),
    /// Set who may act for whom
    #[command(subcommand, after_help = "Example:\n  twclone-admin users delegate add jordan mj")]
    Delegate(delegate::Delegate),
}

impl Users {
    /// Runs the command.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(settings, output).await,
            Self::List(list) => list.run(settings, output).await,
            Self::Show(show) => show.run(settings, output).await,
            Self::Passwd(passwd) => passwd.run(settings, output).await,
            Self::Disable(disable) => disable.run(settings, output).await,
            Self::Enable(enable) => enable.run(settings, output).await,
            Self::Delete(delete) => delete.run(settings, output).await,
            Self::Role(role) => role.run(settings, output).await,
            Self::Sessions(sessions) => sessions.run(settings, output).await,
            Self::Delegate(delegate) => delegate.run(settings, output).await,
        }
    }
}
