use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Serialize;
use twclone_domain::Clock;
use twclone_settings::Settings;

use super::{Files, backup, watched};
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    backup: PathBuf,
    files: Files,
    removed: Vec<PathBuf>,
    notes: Vec<String>,
}

/// Creates a backup.
pub(super) async fn run(
    settings: &Settings,
    folder: &Path,
    keep: Option<NonZeroU32>,
    output: &mut Output,
) -> Result<(), Failure> {
    opened::require(settings)?;
    let configuration = settings.configuration(false);
    let created = backup::create(&configuration, folder, keep, &Clock::system(), watched()).await?;
    let backup::Created { backup, files, removed, notes } = created;
    output.answer(&Answer { backup, files: Files(files), removed, notes })
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "backup  {}{}", self.backup.display(), self.files)?;
        for backup in &self.removed {
            write!(formatter, "\nremoved  {}", backup.display())?;
        }
        for note in &self.notes {
            write!(formatter, "\nnote: {note}")?;
        }
        Ok(())
    }
}
