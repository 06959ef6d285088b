//! A folder that contains backups.

use std::fs::{self, File, TryLockError};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use crate::repositories::files;
use crate::{Error as Failure, Timestamp};
use item_store::owner::{Owner, make_folder};

/// Prefix of the names of backups. The time of the backup follows.
const BEGINNING: &str = "twclone-";
/// Suffix of the names of folders that are incomplete or about to be removed.
const UNFINISHED: &str = ".partial";

/// A folder of backups. While this is held, no other process adds backups to it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    owner: Option<Owner>,
    /// The lock is released when the process ends, for whatever reason.
    _lock: File,
}

impl Folder {
    /// Opens and locks the folder. Creates it if it is missing, and removes the remains of a process that was killed.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let unavailable = |error: Error| unwritable(path, &error);
        make_folder(path).map_err(unavailable)?;
        let lock = File::open(path).map_err(unavailable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                Failure::Conflict(format!("another process is using {}; try again when it has ended", path.display()))
            }
            TryLockError::Error(error) => unavailable(error),
        })?;
        let owner = Owner::of(path).map_err(unavailable)?;
        let folder = Self { path: path.to_owned(), owner, _lock: lock };
        for left in files::entries(path).map_err(unavailable)? {
            if name(&left).strip_suffix(UNFINISHED).is_some_and(is_dated) {
                fs::remove_dir_all(&left).map_err(unavailable)?;
            }
        }
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn owner(&self) -> Option<Owner> {
        self.owner
    }

    /// Returns the folder in which the backup of this time is made, and its final place.
    pub(super) fn places(&self, now: Timestamp) -> (PathBuf, PathBuf) {
        // Colons have a meaning on other systems and for scp.
        let name = format!("{BEGINNING}{}", now.to_string().replace(':', "-"));
        (self.path.join(format!("{name}{UNFINISHED}")), self.path.join(name))
    }

    /// Removes all but the newest backups, and returns the removed ones. The one that was just made counts as the
    /// newest.
    pub(super) fn keep(&self, count: usize, just_made: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut old = backups(&self.path)?;
        old.retain(|backup| backup != just_made);
        old.truncate((old.len() + 1).saturating_sub(count));
        for backup in &old {
            // A partly removed folder must not be taken for a backup.
            let unfinished = backup.with_file_name(format!("{}{UNFINISHED}", name(backup)));
            fs::rename(backup, &unfinished)?;
            fs::remove_dir_all(&unfinished)?;
        }
        Ok(old)
    }
}

/// Returns the backups in a folder, oldest first.
pub(super) fn backups(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    Ok(files::entries(folder)?.into_iter().filter(|path| is_dated(name(path)) && path.is_dir()).collect())
}

/// Flushes the entries of a folder to disk.
pub(super) fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder)?.sync_all()
}

/// Returns the error for a folder that cannot be written to.
pub(super) fn unwritable(folder: &Path, error: &Error) -> Failure {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Failure::DiskFull,
        _ => Failure::Unavailable(format!("cannot write to {}: {error}", folder.display())),
    }
}

fn is_dated(name: &str) -> bool {
    let date = name.strip_prefix(BEGINNING).unwrap_or_default();
    let form = "0000-00-00T00-00-00.000Z";
    date.len() == form.len()
        && date.bytes().zip(form.bytes()).all(|(found, wanted)| match wanted {
            b'0' => found.is_ascii_digit(),
            _ => found == wanted,
        })
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}
