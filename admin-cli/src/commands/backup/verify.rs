use std::fmt;
use std::path::PathBuf;

use clap::Args;
use indicatif::HumanBytes;
use serde::Serialize;

use super::{backup, watched};
use crate::failure::Failure;
use crate::output::Output;

/// Check that backups are unchanged and their databases sound
///
/// Reads every file, and changes nothing. The exit code is 1 if a backup has faults.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin backup verify /srv/backups")]
pub(crate) struct Verify {
    /// A backup, or a folder of backups to check all of them
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    sound: bool,
    backups: Vec<Verified>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Verified {
    backup: PathBuf,
    created_at: Option<String>,
    files: usize,
    bytes: u64,
    faults: Vec<String>,
}

impl Verify {
    /// Verifies the backups, and fails if any of them has faults.
    pub(crate) async fn run(&self, output: &mut Output) -> Result<(), Failure> {
        let backups: Vec<_> = backup::verify(&self.folder, watched()).await?.into_iter().map(Verified::from).collect();
        let broken = backups.iter().filter(|backup| !backup.faults.is_empty()).count();
        output.answer(&Answer { sound: broken == 0, backups })?;
        match broken {
            0 => Ok(()),
            1 => Err(Failure::failed("a backup has faults")),
            broken => Err(Failure::failed(format!("{broken} backups have faults"))),
        }
    }
}

impl From<backup::Verified> for Verified {
    fn from(verified: backup::Verified) -> Self {
        let backup::Verified { backup, created_at, files, bytes, faults } = verified;
        Self { backup, created_at, files, bytes, faults }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, backup) in self.backups.iter().enumerate() {
            let line = if place == 0 { "" } else { "\n" };
            let state = if backup.faults.is_empty() { "sound" } else { "faulty" };
            let size = HumanBytes(backup.bytes);
            write!(formatter, "{line}{}  {state}, {} files, {size}", backup.backup.display(), backup.files)?;
            for fault in &backup.faults {
                write!(formatter, "\n  fault: {fault}")?;
            }
        }
        Ok(())
    }
}
