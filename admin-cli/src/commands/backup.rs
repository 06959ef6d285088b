//! The commands for backups.

mod create;
mod verify;

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::HumanBytes;
use serde::Serialize;
use twclone_domain::backup::{self, BackedUp, Progress};
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;
use crate::progress::ProgressView;

/// Back up the accounts, the messages and the keys, with or without a running server
///
/// Creates a folder in DIR, named after the time, with the keys and with both databases as of one moment. The folder
/// gets its name when it is complete and checked. The next backup removes the remains of an interrupted one. A backup
/// contains the signing keys: keep it where only you can read it. Restore it with `twclone-admin restore`. With
/// DynamoDB, a backup contains only the accounts and the keys.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Example:\n  twclone-admin backup /srv/backups --keep 7"
)]
pub(crate) struct Backup {
    /// The folder for backups; created if it is missing
    #[arg(value_name = "DIR", required = true)]
    folder: Option<PathBuf>,
    /// Keep only this many of the newest backups in DIR, including this one
    #[arg(long, value_name = "N")]
    keep: Option<NonZeroU32>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Verify(verify::Verify),
}

impl Backup {
    /// Runs the command.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match (&self.command, &self.folder) {
            (Some(Command::Verify(verify)), _) => verify.run(output).await,
            (None, Some(folder)) => create::run(settings, folder, self.keep, output).await,
            (None, None) => {
                Err(Failure::usage("name a folder for backups, such as `twclone-admin backup /srv/backups`"))
            }
        }
    }
}

/// Returns a listener that shows the progress.
pub(super) fn watched() -> impl FnMut(Progress) + Send + 'static {
    let view = ProgressView::new();
    move |progress| match progress {
        Progress::Copying(done, all) => view.show_done("Copying", done, all),
        Progress::Checking(done, all) => view.show_done("Checking", done, all),
    }
}

/// The files of a backup, with their sizes.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Files(pub(super) Vec<BackedUp>);

impl fmt::Display for Files {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.0 {
            write!(formatter, "\n  {:<30}  {:>12}", file.name, HumanBytes(file.bytes).to_string())?;
        }
        Ok(())
    }
}
