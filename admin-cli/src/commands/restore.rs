use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use twclone_domain::backup;
use twclone_settings::Settings;

use super::backup::{Files, watched};
use crate::failure::Failure;
use crate::output::Output;

/// Restore an installation from a backup
///
/// Writes to the folder of --data-dir, which must be empty or missing. Checks the whole backup first, and refuses a
/// damaged one. If root runs this, the files belong to the owner of the folder.
#[derive(Args)]
#[command(
    after_help = "Example:\n  twclone-admin restore /srv/backups/twclone-2026-11-20T18-30-00.000Z --data-dir data"
)]
pub(crate) struct Restore {
    /// One backup: a folder that `twclone-admin backup` created
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    data_folder: PathBuf,
    created_at: String,
    files: Files,
    notes: Vec<String>,
}

impl Restore {
    /// Restores the backup.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let configuration = settings.configuration(false);
        let restored = backup::restore(&configuration, &self.backup, watched()).await?;
        let backup::Restored { created_at, files, notes } = restored;
        let data_folder = configuration.data_folder;
        output.answer(&Answer { data_folder, created_at, files: Files(files), notes })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (folder, time) = (self.data_folder.display(), &self.created_at);
        write!(formatter, "data folder {folder}, as it was at {time}{}", self.files)?;
        for note in &self.notes {
            write!(formatter, "\nnote: {note}")?;
        }
        Ok(())
    }
}
