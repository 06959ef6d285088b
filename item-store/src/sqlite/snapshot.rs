//! Consistent copies of SQLite files while others write.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{Kind, checksum, connect, failure, sound_log, version, wait};
use crate::api::StoreError;

/// How long a backup waits for the write lock. It is in no hurry.
const LOCK_TIMEOUT: Duration = Duration::from_secs(15);
/// Pages copied between two progress reports.
const PAGES_PER_STEP: i32 = 1_024;

/// A snapshot of a database. While it is held, others can read and write, but the WAL grows.
#[derive(Debug)]
pub struct Snapshot(Connection);

/// Takes a snapshot of the first database, and of the second, if there is one, both of the same moment. Also calls
/// `meanwhile` at that moment: nothing writes to the first database while it runs.
///
/// # Errors
/// `Unavailable` if a file cannot be opened, `Overloaded` if the first database is constantly written to, and the
/// error of `meanwhile`.
pub fn at_one_moment<T>(
    first: &Path,
    second: Option<&Path>,
    meanwhile: impl FnOnce() -> Result<T, StoreError>,
) -> Result<(Snapshot, Option<Snapshot>, T), StoreError> {
    for path in [Some(first), second].into_iter().flatten() {
        sound_log(path)?;
    }
    let one = existing(first)?;
    let other = second.map(existing).transpose()?;
    let mut held = existing(first)?;
    held.busy_handler(Some(|looks| wait(looks, LOCK_TIMEOUT))).map_err(failure)?;
    held.execute_batch("BEGIN IMMEDIATE").map_err(failure)?;
    // Until `held` ends, the first database does not change. So its snapshot also shows the moment at which the
    // second snapshot is taken.
    let other = other.map(pin).transpose()?;
    let one = pin(one)?;
    let done = meanwhile()?;
    held.execute_batch("ROLLBACK").map_err(failure)?;
    Ok((one, other, done))
}

impl Snapshot {
    /// Returns the size in bytes.
    pub fn bytes(&self) -> Result<u64, StoreError> {
        let pages: u64 = self.0.pragma_query_value(None, "page_count", |row| row.get(0)).map_err(failure)?;
        Ok(pages * self.page_size()?)
    }

    /// Writes the snapshot to a new, self-contained file of mode 0600. Reports how many bytes are copied.
    pub fn copy(&self, path: &Path, mut progress: impl FnMut(u64)) -> Result<(), StoreError> {
        let unavailable = |error: std::io::Error| super::unwritable(path, &error);
        OpenOptions::new().create_new(true).append(true).mode(0o600).open(path).map_err(unavailable)?;
        let page = self.page_size()?;
        let mut copy = connect(path).map_err(failure)?;
        // An unfinished copy is discarded, so nothing has to be rolled back in it.
        copy.pragma_update(None, "journal_mode", "OFF").map_err(failure)?;
        copy.pragma_update(None, "synchronous", "OFF").map_err(failure)?;
        {
            let backup = Backup::new(&self.0, &mut copy).map_err(failure)?;
            while backup.step(PAGES_PER_STEP).map_err(failure)? != StepResult::Done {
                let state = backup.progress();
                progress(u64::from((state.pagecount - state.remaining).unsigned_abs()) * page);
            }
        }
        drop(copy);
        // The copy inherits WAL mode, in which it could not be read from a read-only folder.
        let copy = connect(path).map_err(failure)?;
        copy.pragma_update(None, "journal_mode", "DELETE").map_err(failure)?;
        copy.close().map_err(|(_, error)| failure(error))?;
        File::open(path).and_then(|file| file.sync_all()).map_err(unavailable)
    }

    fn page_size(&self) -> Result<u64, StoreError> {
        self.0.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(failure)
    }
}

/// Opens a finished copy for reading. Writes nothing, and creates no file beside it. Also returns its version.
///
/// # Errors
/// `Unavailable` if it is a file of another kind, or from a newer release.
pub fn open_copy(path: &Path, kind: Kind) -> Result<(Connection, usize), StoreError> {
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        checksum::register(&connection)?;
        let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version = version(&connection)?;
        Ok((connection, application, version))
    };
    let (connection, application, version) = open().map_err(failure)?;
    if application != kind.application {
        return Err(StoreError::Unavailable(format!("is not {}", kind.name)));
    }
    let known = kind.steps.len();
    if version > known {
        return Err(StoreError::Unavailable(format!(
            "was made by a newer release (version {version}; this one knows {known}); use that release"
        )));
    }
    Ok((connection, version))
}

fn existing(path: &Path) -> Result<Connection, StoreError> {
    if matches!(path.try_exists(), Ok(false)) {
        return Err(StoreError::Unavailable(format!("{} is missing; restore a backup", path.display())));
    }
    connect(path).map_err(failure)
}

fn pin(connection: Connection) -> Result<Snapshot, StoreError> {
    // A transaction gets its snapshot with its first read.
    let read = connection.execute_batch("BEGIN");
    let read = read.and_then(|()| connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())));
    read.map_err(failure)?;
    Ok(Snapshot(connection))
}
