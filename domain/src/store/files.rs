//! Who may open the files of an installation: their owner alone.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The mode of folders.
const FOLDER: u32 = 0o700;
/// The mode of files.
const FILE: u32 = 0o600;
/// Where a restore puts files before they take their places.
pub(crate) const RESTORING: &str = ".restoring";
/// The bits of everybody but the owner.
const OTHERS: u32 = 0o077;
/// What the names of the databases' files begin with: their logs and what is kept of damaged ones, too.
const DATABASES: [&str; 2] = ["identity.db", "items.db"];

/// A file or folder of an installation that others than its owner may open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loose {
    path: PathBuf,
    found: u32,
    wanted: u32,
}

/// What others may open of the installation in a folder; nothing where there is no folder.
pub(crate) fn loose(folder: &Path) -> Result<Vec<Loose>, Error> {
    let keys = folder.join("keys");
    let mut loose = Vec::new();
    loose.extend(look(folder, FOLDER)?);
    for file in databases(folder)? {
        loose.extend(look(&file, FILE)?);
    }
    loose.extend(look(&keys, FOLDER)?);
    for file in secrets(folder)? {
        loose.extend(look(&file, FILE)?);
    }
    Ok(loose)
}

/// The files of the keys, which nobody but their owner may read.
pub(crate) fn secrets(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let is_secret = |file: &PathBuf| ["pk8", "secret"].map(OsStr::new).contains(&file.extension().unwrap_or_default());
    Ok(entries(&folder.join("keys"))?.into_iter().filter(is_secret).collect())
}

/// Makes the folders, where they are missing, and refuses what others may open, or a restore has begun and not finished.
///
/// # Errors
/// `Unavailable`, with the commands to run.
pub(crate) fn secure(folder: &Path) -> Result<(), crate::Error> {
    if folder.join(RESTORING).exists() {
        return Err(crate::Error::Unavailable(format!(
            "a restore into {} was interrupted; run `twclone-admin restore BACKUP` again",
            folder.display()
        )));
    }
    make_folders(folder).map_err(|error| {
        crate::Error::Unavailable(format!(
            "cannot make the data folder {}: {error}; choose another with --data-dir",
            folder.display()
        ))
    })?;
    refuse_loose(folder)
}

/// Refuses what others may open. Makes nothing.
///
/// # Errors
/// `Unavailable`, with the commands to run.
pub(crate) fn refuse_loose(folder: &Path) -> Result<(), crate::Error> {
    let loose = loose(folder).map_err(|error| unreadable(folder, &error))?;
    if loose.is_empty() {
        return Ok(());
    }
    let loose: Vec<_> = loose.iter().map(Loose::to_string).collect();
    Err(crate::Error::Unavailable(format!("{}; or run `twclone-admin doctor --repair`", loose.join("; "))))
}

/// The error of a folder whose files cannot be looked at.
pub(crate) fn unreadable(folder: &Path, error: &Error) -> crate::Error {
    crate::Error::Unavailable(format!("cannot look at the files in {}: {error}", folder.display()))
}

/// Makes the data folder and the one of the keys, where they are missing. A folder that is there and has nothing of
/// twclone's in it was made for this, and becomes its owner's alone.
fn make_folders(folder: &Path) -> Result<(), Error> {
    let keys = folder.join("keys");
    DirBuilder::new().recursive(true).mode(FOLDER).create(folder)?;
    if !keys.try_exists()?
        && databases(folder)?.is_empty()
        && let Some(loose) = look(folder, FOLDER)?
    {
        loose.tighten()?;
    }
    DirBuilder::new().recursive(true).mode(FOLDER).create(&keys)
}

impl Loose {
    /// Leaves it to its owner alone.
    pub(crate) fn tighten(&self) -> Result<(), Error> {
        fs::set_permissions(&self.path, Permissions::from_mode(self.wanted))
    }

    /// What is so when it was tightened.
    pub(crate) fn closed(&self) -> String {
        format!("{} has mode {:04o} now, and had {:04o}", self.path.display(), self.wanted, self.found)
    }
}

impl fmt::Display for Loose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, found, wanted } = self;
        let path = path.display().to_string();
        write!(formatter, "others can open {path} (mode {found:04o}); run `chmod {wanted:o} {}`", quoted(&path))
    }
}

fn look(path: &Path, wanted: u32) -> Result<Option<Loose>, Error> {
    let found = match fs::metadata(path) {
        Ok(found) => found.permissions().mode() & 0o7777,
        // SQLite's logs come and go.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok((found & OTHERS != 0).then(|| Loose { path: path.to_owned(), found, wanted }))
}

fn databases(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let ours = |file: &PathBuf| {
        let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
        DATABASES
            .iter()
            .any(|database| name.strip_prefix(database).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
    };
    Ok(entries(folder)?.into_iter().filter(ours).collect())
}

/// What is in a folder, in order; nothing where it is missing.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, Error>>()?;
    paths.sort();
    Ok(paths)
}

/// A path as a shell reads it as one word.
fn quoted(path: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "/._-+,:@%=".contains(character);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
