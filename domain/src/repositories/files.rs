//! File permissions. Only their owner may open the files of an installation.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, Permissions};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use item_store::owner::{Owner, make_folder};

/// The mode of folders.
const FOLDER: u32 = 0o700;
/// The mode of files.
const FILE: u32 = 0o600;
/// The folder in which a restore puts files before it moves them to their places.
pub(crate) const RESTORING: &str = ".restoring";
/// The permission bits of the group and of others.
const OTHERS: u32 = 0o077;
/// Prefixes of the names of database files, including their WALs and copies of damaged WALs.
const DATABASES: [&str; 2] = ["identity.db", "items.db"];

/// A file or folder of an installation that others than its owner may open, or whose owner is not that of the data
/// folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InsecurePermissions {
    path: PathBuf,
    found: Access,
    wanted: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Mode(u32),
    Owner(Owner),
}

/// Returns the insecure files and folders of the installation in a folder. Returns none if the folder does not exist.
pub(crate) fn insecure(folder: &Path) -> Result<Vec<InsecurePermissions>, Error> {
    let keys = folder.join("keys");
    let mut places = vec![(folder.to_owned(), FOLDER)];
    places.extend(databases(folder)?.into_iter().map(|file| (file, FILE)));
    places.push((keys, FOLDER));
    places.extend(secrets(folder)?.into_iter().map(|file| (file, FILE)));
    let mut insecure = Vec::new();
    for (path, mode) in &places {
        insecure.extend(look(path, *mode)?);
        insecure.extend(look_for_owner(path, folder)?);
    }
    Ok(insecure)
}

/// Returns the key files that only their owner may read.
pub(crate) fn secrets(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let is_secret = |file: &PathBuf| ["pk8", "secret"].map(OsStr::new).contains(&file.extension().unwrap_or_default());
    Ok(entries(&folder.join("keys"))?.into_iter().filter(is_secret).collect())
}

/// Creates the folders if they are missing. Fails if others may open a file, or if a restore is unfinished.
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
            "cannot create the data folder {}: {error}; choose another with --data-dir",
            folder.display()
        ))
    })?;
    refuse_insecure(folder)
}

/// Fails if others may open a file. Creates nothing.
///
/// # Errors
/// `Unavailable`, with the commands to run.
pub(crate) fn refuse_insecure(folder: &Path) -> Result<(), crate::Error> {
    let mut insecure = insecure(folder).map_err(|error| unreadable(folder, &error))?;
    // Root can open files of any owner.
    let is_root = rustix::process::geteuid().is_root();
    insecure.retain(|insecure| !is_root || matches!(insecure.found, Access::Mode(_)));
    if insecure.is_empty() {
        return Ok(());
    }
    let insecure: Vec<_> = insecure.iter().map(InsecurePermissions::to_string).collect();
    Err(crate::Error::Unavailable(format!("{}; or run `twclone-admin doctor --repair`", insecure.join("; "))))
}

/// Returns the error for a folder whose files cannot be examined.
pub(crate) fn unreadable(folder: &Path, error: &Error) -> crate::Error {
    let remedy = match (error.kind(), Owner::found(folder)) {
        (ErrorKind::PermissionDenied, Ok(owner)) => {
            format!("; run this as the user who owns it, with `sudo -u '#{}'` for example", owner.user)
        }
        _ => String::new(),
    };
    crate::Error::Unavailable(format!("cannot look at the files in {}: {error}{remedy}", folder.display()))
}

/// Creates the data folder and its folder of keys, if they are missing. An existing folder without files of twclone
/// was created for this purpose, so its permissions are restricted to the owner.
fn make_folders(folder: &Path) -> Result<(), Error> {
    let keys = folder.join("keys");
    make_folder(folder)?;
    if !keys.try_exists()?
        && databases(folder)?.is_empty()
        && let Some(insecure) = look(folder, FOLDER)?
    {
        insecure.tighten()?;
    }
    make_folder(&keys)
}

impl InsecurePermissions {
    /// Restricts the mode to the owner, or gives it to the owner of the data folder.
    pub(crate) fn tighten(&self) -> Result<(), Error> {
        match self.wanted {
            Access::Mode(mode) => fs::set_permissions(&self.path, Permissions::from_mode(mode)),
            Access::Owner(owner) => Owner::give(Some(owner), &self.path),
        }
    }

    /// Describes the change that `tighten` made.
    pub(crate) fn closed(&self) -> String {
        let path = self.path.display();
        match (self.found, self.wanted) {
            (Access::Owner(found), Access::Owner(wanted)) => {
                format!("{path} belongs to the user {} now, and belonged to {}", wanted.user, found.user)
            }
            (found, wanted) => format!("{path} has mode {wanted} now, and had {found}"),
        }
    }
}

impl fmt::Display for InsecurePermissions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, found, wanted } = self;
        let path = path.display().to_string();
        let quoted = quoted(&path);
        match wanted {
            Access::Mode(mode) => {
                write!(formatter, "others can open {path} (mode {found}); run `chmod {mode:o} {quoted}`")
            }
            Access::Owner(owner) => {
                write!(formatter, "{path} belongs to the user {found}, and its folder to {wanted}; ")?;
                write!(formatter, "run `sudo chown {}:{} {quoted}`", owner.user, owner.group)
            }
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode(mode) => write!(formatter, "{mode:04o}"),
            Self::Owner(owner) => write!(formatter, "{}", owner.user),
        }
    }
}

fn look(path: &Path, wanted: u32) -> Result<Option<InsecurePermissions>, Error> {
    let found = match fs::metadata(path) {
        Ok(found) => found.permissions().mode() & 0o7777,
        // SQLite's WALs come and go.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let is_insecure = found & OTHERS != 0;
    Ok(is_insecure.then(|| InsecurePermissions {
        path: path.to_owned(),
        found: Access::Mode(found),
        wanted: Access::Mode(wanted),
    }))
}

fn look_for_owner(path: &Path, folder: &Path) -> Result<Option<InsecurePermissions>, Error> {
    let (found, wanted) = match (Owner::found(path), Owner::found(folder)) {
        (Ok(found), Ok(wanted)) => (found, wanted),
        (Err(error), _) | (_, Err(error)) if error.kind() == ErrorKind::NotFound => return Ok(None),
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let is_foreign = found.user != wanted.user;
    Ok(is_foreign.then(|| InsecurePermissions {
        path: path.to_owned(),
        found: Access::Owner(found),
        wanted: Access::Owner(wanted),
    }))
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

/// Returns the paths in a folder, sorted. Returns none if the folder does not exist.
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

/// Quotes a path as one word for a shell.
fn quoted(path: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "/._-+,:@%=".contains(character);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
