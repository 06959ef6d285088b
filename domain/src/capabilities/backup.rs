//! Backups of an installation: both databases at the same point in time, and the keys.
//!
//! At that point nothing writes to `identity.db`. Operations that change both stores change the accounts first and
//! the items after that. So a backup is a state that a crash could have left, and the next start continues from it.

mod folder;
mod manifest;

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::num::NonZeroU32;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

pub use manifest::BackedUp;

use self::folder::{Folder, unwritable};
use self::manifest::{IDENTITY, ITEMS, KEYS, MANIFEST, Manifest};
use crate::installation::{Configuration, Engine, blocking};
use crate::repositories::files;
use crate::repositories::identity::IdentityStore;
use crate::{Clock, Error};
use item_store::Tables;
use item_store::api::StoreError;
use item_store::owner::{Owner, make_folder};
use item_store::sqlite::snapshot::{self, Snapshot};

/// The progress in bytes: the bytes done and the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Files are being copied.
    Copying(u64, u64),
    /// Copies are being verified.
    Checking(u64, u64),
}

/// The result of a backup.
#[derive(Debug, Clone)]
pub struct Created {
    /// The folder of the backup.
    pub backup: PathBuf,
    /// The files in the backup.
    pub files: Vec<BackedUp>,
    /// The older backups that were removed.
    pub removed: Vec<PathBuf>,
    /// What the backup does not contain.
    pub notes: Vec<String>,
}

/// The result of verifying a backup.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The folder of the backup.
    pub backup: PathBuf,
    /// The time of the backup. `None` if the manifest cannot be read.
    pub created_at: Option<String>,
    /// The number of files.
    pub files: usize,
    /// The total size in bytes.
    pub bytes: u64,
    /// The faults found, one line each.
    pub faults: Vec<String>,
}

/// The result of a restore.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The time of the backup.
    pub created_at: String,
    /// The files in the backup.
    pub files: Vec<BackedUp>,
    /// The remaining steps for the operator.
    pub notes: Vec<String>,
}

/// Makes a backup in a new folder inside `into`. Works with or without a running server. The folder gets its final
/// name after the backup is complete, flushed to disk and verified. If `keep` is given, only that many of the newest
/// backups remain.
///
/// # Errors
/// `Unavailable` if a store cannot be read or the folder cannot be written; `Internal` if a store has faults;
/// `Conflict` if another process makes a backup in the same folder. In these cases nothing of the new backup remains,
/// and older ones are kept. `Unavailable` also if older backups cannot be removed; the new one is complete then.
pub async fn create(
    configuration: &Configuration,
    into: &Path,
    keep: Option<NonZeroU32>,
    clock: &Clock,
    mut progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Created, Error> {
    let (configuration, into, clock) = (configuration.clone(), into.to_owned(), clock.clone());
    blocking(move || {
        let made = make(&configuration, &into, keep, &clock, &mut progress);
        made.map_err(|error| full(error, &into, "the backup"))
    })
    .await
}

/// Verifies a backup, or all backups in a folder, and reports the faults: files that differ from what was written,
/// and databases that are damaged.
///
/// # Errors
/// `NotFound` if there is no backup.
pub async fn verify(path: &Path, mut progress: impl FnMut(Progress) + Send + 'static) -> Result<Vec<Verified>, Error> {
    let path = path.to_owned();
    blocking(move || {
        let backups = found(&path)?;
        Ok(backups.iter().map(|backup| look(backup, &mut progress).1).collect())
    })
    .await
}

/// Restores a backup into the data folder of the configuration, which must be empty or missing.
///
/// # Errors
/// `Conflict` if the data folder is not empty or another process restores into it; `NotFound` if there is no backup;
/// `Invalid` if the backup has faults. Nothing is restored then.
pub async fn restore(
    configuration: &Configuration,
    backup: &Path,
    mut progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Restored, Error> {
    let (configuration, backup) = (configuration.clone(), backup.to_owned());
    blocking(move || {
        let folder = &configuration.data_folder;
        let restored = put_back(&configuration, &backup, &mut progress);
        restored.map_err(|error| full(error, folder, "the restored files"))
    })
    .await
}

fn make(
    configuration: &Configuration,
    into: &Path,
    keep: Option<NonZeroU32>,
    clock: &Clock,
    progress: &mut impl FnMut(Progress),
) -> Result<Created, Error> {
    let into = Folder::open(into)?;
    let embedded = configuration.engine == Engine::Embedded;
    let data = &configuration.data_folder;
    let items = embedded.then(|| data.join(ITEMS));
    // Key rotation writes to identity.db, so no key changes while the snapshot is taken.
    let moment = || Ok((clock.now(), keys(data)?));
    let (identity, items, (now, keys)) = snapshot::at_one_moment(&data.join(IDENTITY), items.as_deref(), moment)?;
    let (beginning, finished) = into.places(now);
    if finished.exists() {
        return Err(Error::Conflict(format!("{} already exists; try again", finished.display())));
    }
    let stores: Vec<_> = [(IDENTITY, Some(identity)), (ITEMS, items)]
        .into_iter()
        .filter_map(|(name, snapshot)| Some((name, snapshot?)))
        .collect();
    let written = write(&beginning, stores, &keys, into.owner(), progress).and_then(|files| {
        let (created_at, prefix) = (now.to_string(), configuration.table_prefix.clone());
        let manifest = Manifest::new(created_at, embedded, prefix, files);
        let text = manifest.text().map_err(Error::internal)?;
        put(&beginning.join(MANIFEST), text.as_bytes(), into.owner())?;
        give_folder(&beginning, into.owner())?;
        let faults = look(&beginning, progress).1.faults;
        if faults.is_empty() {
            fs::rename(&beginning, &finished)
                .and_then(|()| folder::sync(into.path()))
                .map_err(|error| unwritable(into.path(), &error))?;
            return Ok(manifest.files);
        }
        let faults = faults.join("; ");
        Err(Error::internal(format!("the backup has faults and was not kept: {faults}; run `twclone-admin doctor`")))
    });
    let files = written.inspect_err(|_| {
        // The next backup removes what cannot be removed now.
        let _ = fs::remove_dir_all(&beginning);
    })?;
    let keep = keep.and_then(|keep| usize::try_from(keep.get()).ok());
    let removed = keep.map_or(Ok(Vec::new()), |keep| into.keep(keep, &finished));
    let removed = removed.map_err(|error| {
        Error::Unavailable(format!("{} was created, but older backups cannot be removed: {error}", finished.display()))
    })?;
    let notes = if embedded { Vec::new() } else { vec![elsewhere("are not in the backup")] };
    Ok(Created { backup: finished, files, removed, notes })
}

/// Returns the note that the tables in DynamoDB are not part of the backup.
fn elsewhere(what: &str) -> String {
    format!(
        "the items (messages, posts, follows) are in DynamoDB and {what}; restore them to the same moment with its \
         point-in-time recovery"
    )
}

/// The name of a key file and its content.
type Key = (String, Vec<u8>);

fn keys(data: &Path) -> Result<Vec<Key>, StoreError> {
    let read = || {
        let named = |path: PathBuf| {
            let name = path.file_name().map(|name| format!("{KEYS}{}", name.to_string_lossy())).unwrap_or_default();
            Ok((name, fs::read(&path)?))
        };
        files::secrets(data)?.into_iter().map(named).collect::<Result<Vec<_>, std::io::Error>>()
    };
    read().map_err(|error| StoreError::Unavailable(format!("cannot read the keys in {}: {error}", data.display())))
}

/// Writes the files of a backup and returns their checksums.
fn write(
    backup: &Path,
    stores: Vec<(&str, Snapshot)>,
    keys: &[Key],
    owner: Option<Owner>,
    progress: &mut impl FnMut(Progress),
) -> Result<Vec<BackedUp>, Error> {
    let failed = |error: std::io::Error| unwritable(backup, &error);
    make_folder(&backup.join(KEYS)).map_err(failed)?;
    let mut all = 0;
    for (_, snapshot) in &stores {
        all += snapshot.bytes()?;
    }
    let (mut done, mut names) = (0, Vec::new());
    for (name, snapshot) in stores {
        let path = backup.join(name);
        snapshot.copy(&path, |bytes| progress(Progress::Copying(done + bytes, all)))?;
        done += snapshot.bytes()?;
        Owner::give(owner, &path).map_err(failed)?;
        names.push(name.to_owned());
    }
    for (name, key) in keys {
        put(&backup.join(name), key, owner)?;
        names.push(name.clone());
    }
    names.iter().map(|name| BackedUp::of(backup, name, |_| {}).map_err(failed)).collect()
}

/// Writes a small file with mode 0600.
fn put(path: &Path, content: &[u8], owner: Option<Owner>) -> Result<(), Error> {
    let write = || {
        let mut file = fresh(path)?;
        file.write_all(content)?;
        file.sync_all()?;
        Owner::give(owner, path)
    };
    write().map_err(|error| unwritable(path, &error))
}

fn fresh(path: &Path) -> Result<File, std::io::Error> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Sets the owner of a folder and its key folder, and flushes their entries to disk.
fn give_folder(path: &Path, owner: Option<Owner>) -> Result<(), Error> {
    for folder in [path.join(KEYS), path.to_owned()] {
        let given = Owner::give(owner, &folder).and_then(|()| folder::sync(&folder));
        given.map_err(|error| unwritable(&folder, &error))?;
    }
    Ok(())
}

/// Returns the backup at a path, or all backups in that folder.
fn found(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if path.join(MANIFEST).exists() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error| Error::Unavailable(format!("cannot read {}: {error}", path.display()));
    let backups = folder::backups(path).map_err(unreadable)?;
    if backups.is_empty() {
        let path = path.display();
        return Err(Error::NotFound(format!(
            "there is no backup in {path}; create one with `twclone-admin backup {path}`"
        )));
    }
    Ok(backups)
}

/// Verifies a backup.
fn look(backup: &Path, progress: &mut impl FnMut(Progress)) -> (Option<Manifest>, Verified) {
    let mut verified = Verified { backup: backup.to_owned(), created_at: None, files: 0, bytes: 0, faults: Vec::new() };
    let manifest = match Manifest::read(backup) {
        Ok(manifest) => manifest,
        Err(fault) => {
            verified.faults.push(fault);
            return (None, verified);
        }
    };
    let all = manifest.files.iter().map(|file| file.bytes).sum();
    let mut done = 0;
    for file in &manifest.files {
        let read = BackedUp::of(backup, &file.name, |bytes| progress(Progress::Checking(done + bytes, all)));
        match read {
            Ok(read) if read == *file => verified.faults.extend(unsound(backup, file, &manifest.table_prefix)),
            Ok(_) => verified.faults.push(format!("{} has changed since the backup", file.name)),
            Err(error) => verified.faults.push(format!("cannot read {}: {error}", file.name)),
        }
        done += file.bytes;
    }
    verified.created_at = Some(manifest.created_at.clone());
    (verified.files, verified.bytes) = (manifest.files.len(), all);
    (Some(manifest), verified)
}

/// Returns the faults of a database whose checksum is right: it may have been damaged before the backup.
fn unsound(backup: &Path, file: &BackedUp, prefix: &str) -> Vec<String> {
    let path = backup.join(&file.name);
    let faults = match file.name.as_str() {
        IDENTITY => IdentityStore::check_copy(&path),
        ITEMS => Tables::check_embedded_copy(&path, twclone_schema::layout(prefix)).map_err(Error::from),
        _ => return Vec::new(),
    };
    let faults = faults.unwrap_or_else(|error| vec![error.to_string()]);
    faults.into_iter().map(|fault| format!("{}: {fault}", file.name)).collect()
}

fn put_back(
    configuration: &Configuration,
    backup: &Path,
    progress: &mut impl FnMut(Progress),
) -> Result<Restored, Error> {
    let data = &configuration.data_folder;
    if !backup.join(MANIFEST).exists()
        && let Some(newest) = found(backup)?.last()
    {
        let (path, newest) = (backup.display(), newest.display());
        return Err(Error::NotFound(format!("{path} is a folder of backups; name one of them, such as {newest}")));
    }
    refuse_used(data)?;
    let (manifest, verified) = look(backup, progress);
    let Some(manifest) = manifest.filter(|_| verified.faults.is_empty()) else {
        let faults = verified.faults.into_iter().map(|fault| crate::Fault::new(backup.display().to_string(), fault));
        return Err(Error::Invalid(faults.collect()));
    };
    let failed = |error: std::io::Error| unwritable(data, &error);
    make_folder(data).map_err(failed)?;
    let owner = Owner::of(data).map_err(failed)?;
    // Of two concurrent restores, one would remove the files of the other.
    let lock = File::open(data).map_err(failed)?;
    lock.try_lock().map_err(|_| Error::Conflict(format!("another process is restoring into {}", data.display())))?;
    clear(data).map_err(failed)?;
    fill(data, backup, &manifest, owner, progress).inspect_err(|_| {
        // The next attempt removes what is left, and nothing starts before that.
        let _ = clear(data);
    })?;
    Ok(Restored { notes: to_do(configuration, &manifest), created_at: manifest.created_at, files: manifest.files })
}

/// Rejects a folder that contains anything except the remains of an interrupted restore.
fn refuse_used(data: &Path) -> Result<(), Error> {
    let unreadable = |error| Error::Unavailable(format!("cannot read {}: {error}", data.display()));
    let found = files::entries(data).map_err(unreadable)?;
    let left = data.join(files::RESTORING).is_dir();
    let ours = |path: &PathBuf| left && places().chain([files::RESTORING]).any(|name| data.join(name) == *path);
    if found.iter().all(ours) {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "the data folder {} is not empty; name another with --data-dir, or move this one away",
        data.display()
    )))
}

/// The files and folders that a restore puts into the data folder. `identity.db` comes last, because it marks an
/// installation.
fn places() -> impl Iterator<Item = &'static str> {
    [ITEMS, "keys", IDENTITY].into_iter()
}

/// Removes the remains of an interrupted restore. Its folder goes last: nothing else starts while that exists.
fn clear(data: &Path) -> Result<(), std::io::Error> {
    let restoring = data.join(files::RESTORING);
    if !restoring.try_exists()? {
        return Ok(());
    }
    for path in places().map(|name| data.join(name)) {
        if path.is_dir() {
            fs::remove_dir_all(&path)?;
        } else if path.try_exists()? {
            fs::remove_file(&path)?;
        }
    }
    fs::remove_dir_all(&restoring)?;
    folder::sync(data)
}

/// Copies the files into a staging folder, then moves them into place.
fn fill(
    data: &Path,
    backup: &Path,
    manifest: &Manifest,
    owner: Option<Owner>,
    progress: &mut impl FnMut(Progress),
) -> Result<(), Error> {
    let failed = |error: std::io::Error| unwritable(data, &error);
    let restoring = data.join(files::RESTORING);
    make_folder(&restoring.join(KEYS)).map_err(failed)?;
    folder::sync(data).map_err(failed)?;
    let all = manifest.files.iter().map(|file| file.bytes).sum();
    let mut done = 0;
    for file in &manifest.files {
        let path = restoring.join(&file.name);
        let mut copy = fresh(&path).map_err(failed)?;
        let same = file.copy(backup, &mut copy, |bytes| progress(Progress::Copying(done + bytes, all)));
        if !same.map_err(failed)? {
            return Err(Error::Unavailable(format!("{} changed while it was read; try again", file.name)));
        }
        copy.sync_all().and_then(|()| Owner::give(owner, &path)).map_err(failed)?;
        done += file.bytes;
    }
    give_folder(&restoring, owner)?;
    let place = || {
        for name in places().filter(|name| restoring.join(name).exists()) {
            fs::rename(restoring.join(name), data.join(name))?;
        }
        fs::set_permissions(data, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Owner::give(owner, data)?;
        folder::sync(data)?;
        fs::remove_dir_all(&restoring)?;
        folder::sync(data)
    };
    place().map_err(failed)
}

/// Returns the remaining steps for the operator.
fn to_do(configuration: &Configuration, manifest: &Manifest) -> Vec<String> {
    let mut notes = Vec::new();
    if !manifest.items {
        notes.push(elsewhere("were not restored"));
    }
    if manifest.table_prefix != configuration.table_prefix {
        notes.push(format!("set --table-prefix to {:?}, which is the prefix in the backup", manifest.table_prefix));
    }
    notes
}

/// Adds advice to the error of a full disk.
fn full(error: Error, folder: &Path, what: &str) -> Error {
    match error {
        Error::DiskFull => Error::Unavailable(format!(
            "the disk of {} has no room for {what}; nothing was kept. Make room, or name another folder",
            folder.display()
        )),
        error => error,
    }
}
