//! Opening SQLite's files, in the way that both stores need it: only for their owner, in WAL mode, every commit
//! on disk, and nothing of a stranger's or of a newer twclone touched.

mod checksum;
pub(crate) mod snapshot;

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, TransactionBehavior, ffi};
use twclone_schema::Migration;

use super::api::StoreError;
use super::log;
use super::owner::give_as_around;

/// What kind of database a file is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Tells it from any other SQLite database (`PRAGMA application_id`).
    pub(crate) application: i32,
    /// What it is called where it is something else.
    pub(crate) name: &'static str,
    /// What takes it from each version to the next; a fresh file has version 0.
    pub(crate) steps: &'static [Migration],
}

/// Older ones can corrupt a database in WAL mode that two connections write or checkpoint at once.
const OLDEST_SQLITE: i32 = 3_051_003;
/// How long a write waits for another process's: less than a caller waits for it.
const LOCK_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How often it looks. SQLite's own way, up to 100 ms apart, hardly ever meets the moment between two commits
/// of a busy process.
const LOCK_POLL_INTERVAL: Duration = Duration::from_millis(1);
/// How often it is tried to bring a file into WAL mode, while others do the same.
const ATTEMPTS: u32 = 20;

/// Opens a connection that writes, after making the file, or bringing it to this version, where there is need.
pub(crate) fn writer(path: &Path, kind: Kind) -> Result<Connection, StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        let version = rusqlite::version();
        return Err(StoreError::Unavailable(format!("SQLite {version} is too old; 3.51.3 is needed")));
    }
    let unavailable = |text: String| StoreError::Unavailable(format!("{}: {text}", path.display()));
    // Made before SQLite sees it, so that there is no moment in which others could read it. Not opened where it
    // exists: to close it would give up all locks that this process has on it, SQLite's too.
    // The log and its index SQLite gives to the owner of the file by itself.
    let made = OpenOptions::new().create_new(true).append(true).mode(0o600).open(path);
    match made.and_then(|_| give_as_around(path)) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(unavailable(format!("cannot make it: {error}")));
        }
        _ => {}
    }
    let foreign = || unavailable(format!("is not {}", kind.name));
    let refusal = |error: Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => foreign(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => unavailable(format!("cannot open it: {error}")),
        _ => failure(error),
    };
    sound_log(path)?;
    let mut connection = connect(path).map_err(refusal)?;
    let marks = |connection: &Connection| {
        let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let entries: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((application, entries))
    };
    let (application, entries) = marks(&connection).map_err(refusal)?;
    if application != kind.application && (application != 0 || entries != 0) {
        return Err(foreign());
    }
    let found = version(&connection).map_err(refusal)?;
    if found > kind.steps.len() {
        let known = kind.steps.len();
        return Err(unavailable(format!(
            "was made by a newer twclone (version {found}; this one knows {known}): run that one"
        )));
    }
    use_log(&mut connection).map_err(refusal)?;
    if found < kind.steps.len() {
        migrate(&mut connection, kind)?;
    }
    // Nobody's work is waited for.
    connection.busy_timeout(Duration::ZERO).map_err(refusal)?;
    write_back(&connection)?;
    connection.busy_handler(Some(wait)).map_err(refusal)?;
    Ok(connection)
}

/// The version that a file has, before anything brings it to another.
pub(crate) fn found_version(path: &Path) -> Result<usize, StoreError> {
    sound_log(path)?;
    version(&reader(path)?).map_err(failure)
}

/// Refuses a log of which SQLite would drop commits without a word.
fn sound_log(path: &Path) -> Result<(), StoreError> {
    let log = log::path(path);
    match log::damage(path) {
        Ok(None) => Ok(()),
        Ok(Some(damage)) => Err(StoreError::Unavailable(format!(
            "{} is damaged behind its first {} bytes, and {} commits or more stand there: restore a backup, or go on \
             without them (`twclone-admin doctor --repair`)",
            log.display(),
            damage.sound,
            damage.commits
        ))),
        Err(error) => Err(StoreError::Unavailable(format!("{}: cannot read it: {error}", log.display()))),
    }
}

/// Keeps a damaged log aside, and cuts it where the damage begins. Answers where it is kept.
pub(crate) fn repair_log(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    let log = log::path(path);
    let repaired = || {
        let Some(damage) = log::damage(path)? else { return Ok(None) };
        let kept = log.with_extension("db-wal.damaged");
        if kept.try_exists()? {
            return Err(std::io::Error::other(format!("{} is there already; move it away", kept.display())));
        }
        std::fs::copy(&log, &kept)?;
        give_as_around(&kept)?;
        File::open(&kept)?.sync_all()?;
        let cut = OpenOptions::new().write(true).open(&log)?;
        cut.set_len(damage.sound)?;
        cut.sync_all()?;
        Ok(Some(kept))
    };
    repaired().map_err(|error| StoreError::Unavailable(format!("{}: cannot repair it: {error}", log.display())))
}

/// Writes the log back into the file. What a crash left behind in it must not be taken for damage later. And after a
/// failed fsync the kernel can show pages of the log that are not on the disk; what a restarted process wrote behind
/// them would be gone with them when the power fails.
fn write_back(connection: &Connection) -> Result<(), StoreError> {
    let written = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(failure);
    match written {
        // Without room all stays in the log, where it is no worse than before; and it can be read.
        Err(StoreError::DiskFull) => Ok(()),
        written => written,
    }
}

/// How much is in the log, in pages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logged {
    pub(crate) all: i64,
    /// What is not in the file yet.
    pub(crate) left: i64,
}

/// Writes as much of the log back as can be while others read and write.
pub(crate) fn checkpoint(connection: &Connection) -> Result<Logged, StoreError> {
    let written = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        // Both are -1 where somebody else writes it back just now.
        let (all, done): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(Logged { all, left: all - done })
    });
    written.map_err(failure)
}

/// The error of a file that cannot be written.
fn unwritable(path: &Path, error: &std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::DiskFull,
        _ => StoreError::Unavailable(format!("cannot write {}: {error}", path.display())),
    }
}

/// Whether to look again, after so many times, if another process still writes.
fn wait(looks: i32) -> bool {
    std::thread::sleep(LOCK_POLL_INTERVAL);
    LOCK_POLL_INTERVAL * looks.unsigned_abs() < LOCK_TIMEOUT
}

/// Opens a connection that reads.
pub(crate) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path).map_err(failure)?;
    connection.pragma_update(None, "query_only", true).map_err(failure)?;
    Ok(connection)
}

/// What an error of SQLite means to the caller.
pub(crate) fn failure(error: Error) -> StoreError {
    match error.sqlite_error_code() {
        _ if is_lost(&error) => StoreError::DiskFailed,
        _ if is_full(&error) => StoreError::DiskFull,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Overloaded,
        // Without a code: a column does not hold what was written to it.
        None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(error.to_string()),
        Some(_) => match missing_table(&error) {
            Some(table) => StoreError::NoSuchTable(table),
            None => StoreError::Unavailable(format!("SQLite: {error}")),
        },
    }
}

/// Whether a failed write means that the disk lost what it had taken. After a failed fsync the kernel may
/// have dropped the pages, and a second fsync would succeed without them (Rebello et al., "Can Applications
/// Recover from fsync Failures?", USENIX ATC 2020); so nothing is tried again. A write that the system call
/// itself refuses (a quota, a limit on file sizes) took nothing: what was answered before stands, and writes
/// come back when there is room.
fn is_lost(error: &Error) -> bool {
    matches!(extended_code(error), Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC))
}

/// Whether there is no room, for the file, its log, or the log's index.
fn is_full(error: &Error) -> bool {
    matches!(extended_code(error), Some(ffi::SQLITE_FULL | ffi::SQLITE_IOERR_SHMSIZE))
}

fn extended_code(error: &Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

/// Writes what changes nothing, in a transaction whose commit tells whether the disk takes it.
pub(crate) fn probe(transaction: &Connection) -> rusqlite::Result<()> {
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    transaction.pragma_update(None, "user_version", version)
}

/// The table that an error says is missing.
pub(crate) fn missing_table(error: &Error) -> Option<String> {
    let text = error.to_string();
    let (_, table) = text.split_once("no such table: ")?;
    Some(table.split(" in ").next().unwrap_or(table).to_owned())
}

/// What SQLite finds wrong with the whole of a file, a line each.
pub(crate) fn integrity(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut faults = Vec::new();
    let tell = |row: &rusqlite::Row<'_>| -> rusqlite::Result<()> {
        let text: String = row.get(0)?;
        if text != "ok" {
            faults.push(text);
        }
        Ok(())
    };
    connection.pragma_query(None, "integrity_check", tell)?;
    Ok(faults)
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Takes the steps that this file has not seen. Its version is looked at again under the write lock: of two that
/// start at once, one takes them.
fn migrate(connection: &mut Connection, kind: Kind) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
    let seen = version(&transaction).map_err(failure)?;
    for step in kind.steps.iter().skip(seen) {
        transaction.execute_batch(step.sql).map_err(|error| match failure(error) {
            StoreError::Unavailable(text) => StoreError::Unavailable(format!("migration {}: {text}", step.name)),
            error => error,
        })?;
    }
    transaction.pragma_update(None, "application_id", kind.application).map_err(failure)?;
    transaction.pragma_update(None, "user_version", kind.steps.len()).map_err(failure)?;
    transaction.commit().map_err(failure)
}

/// Two that open a new file at once are in each other's way here, where SQLite does not wait by itself.
fn use_log(connection: &mut Connection) -> rusqlite::Result<()> {
    for _ in 0..ATTEMPTS {
        match switch_to_log(connection) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                // For the right to write it does wait.
                drop(connection.transaction_with_behavior(TransactionBehavior::Immediate)?);
            }
            done => return done,
        }
    }
    switch_to_log(connection)
}

/// Reads the answer to its end: only then SQLite commits the switch, and says whether that failed.
fn switch_to_log(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(LOCK_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Otherwise SQLite looks at bound values to plan a statement, and plans it anew for each.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A page whose entries cannot be is found as it is read.
    connection.pragma_update(None, "cell_size_check", true)?;
    checksum::register(&connection)?;
    Ok(connection)
}
