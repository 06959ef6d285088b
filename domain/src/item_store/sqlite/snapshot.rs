//! Copies of SQLite's files as they are at one moment, while others write.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{Kind, checksum, connect, failure, sound_log, version, wait};
use crate::item_store::api::StoreError;

/// How often the right to write is asked for: a backup has time.
const ATTEMPTS: u32 = 10;
/// How many pages are copied between two reports.
const PAGES_PER_STEP: i32 = 1_024;

/// A database as it was at one moment. As long as this is held, others can read and write; their log grows.
#[derive(Debug)]
pub(crate) struct Snapshot(Connection);

/// Takes a snapshot of the first database and one of the second, where there is one, both of the same moment. Calls
/// `meanwhile` at that moment, too: nothing writes to the first one as long as it runs.
///
/// # Errors
/// `Unavailable` where a file cannot be opened, `Overloaded` where the first database is written to all the time, and
/// the error of `meanwhile`.
pub(crate) fn at_one_moment<T>(
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
    hold(&mut held)?;
    // From here to the end of `held` the first database is as it is: so its snapshot is also one of the moment in
    // which the second snapshot is taken.
    let other = other.map(pin).transpose()?;
    let one = pin(one)?;
    let done = meanwhile()?;
    held.execute_batch("ROLLBACK").map_err(failure)?;
    Ok((one, other, done))
}

impl Snapshot {
    /// How many bytes it has.
    pub(crate) fn bytes(&self) -> Result<u64, StoreError> {
        let pages: u64 = self.0.pragma_query_value(None, "page_count", |row| row.get(0)).map_err(failure)?;
        Ok(pages * self.page_size()?)
    }

    /// Writes it to a new file of mode 0600, which needs no other file beside it. Reports how many bytes are copied.
    pub(crate) fn copy(&self, path: &Path, mut progress: impl FnMut(u64)) -> Result<(), StoreError> {
        let unavailable = |error: std::io::Error| super::unwritable(path, &error);
        OpenOptions::new().create_new(true).append(true).mode(0o600).open(path).map_err(unavailable)?;
        let page = self.page_size()?;
        let mut copy = connect(path).map_err(failure)?;
        // A copy that was not finished is thrown away: there is nothing to be taken back in it.
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
        // In WAL mode, which it has taken over, it could not be read where nothing can be written.
        let copy = connect(path).map_err(failure)?;
        copy.pragma_update(None, "journal_mode", "DELETE").map_err(failure)?;
        copy.close().map_err(|(_, error)| failure(error))?;
        File::open(path).and_then(|file| file.sync_all()).map_err(unavailable)
    }

    fn page_size(&self) -> Result<u64, StoreError> {
        self.0.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(failure)
    }
}

/// Opens a finished copy to read it; writes nothing, and makes no file beside it. Answers its version, too.
///
/// # Errors
/// `Unavailable` where it is something else, or from a newer twclone.
pub(crate) fn open_copy(path: &Path, kind: Kind) -> Result<(Connection, usize), StoreError> {
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
            "was made by a newer twclone (version {version}; this one knows {known}): run that one"
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

/// Keeps others from writing.
fn hold(connection: &mut Connection) -> Result<(), StoreError> {
    connection.busy_handler(Some(wait)).map_err(failure)?;
    for _ in 1..ATTEMPTS {
        match connection.execute_batch("BEGIN IMMEDIATE").map_err(failure) {
            Err(StoreError::Overloaded) => {}
            held => return held,
        }
    }
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failure)
}

fn pin(connection: Connection) -> Result<Snapshot, StoreError> {
    // A transaction has its snapshot from its first read on.
    let read = connection.execute_batch("BEGIN");
    let read = read.and_then(|()| connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())));
    read.map_err(failure)?;
    Ok(Snapshot(connection))
}
