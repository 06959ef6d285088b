//! Opens SQLite files for both stores: readable by their owner only, in WAL mode, and with every commit on disk. Does
//! not touch files of other programs or of a newer release.

mod cached;
mod checksum;
pub mod disk;
pub mod snapshot;
mod wal;

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, TransactionBehavior, ffi};

pub use self::cached::CachedReader;
use self::wal::Damage;
use crate::api::StoreError;
use crate::owner::give_as_around;
use crate::retry::RACES;

/// A migration from one version of a database to the next.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The name of the file, for messages.
    pub name: &'static str,
    /// The statements, which run in one transaction.
    pub sql: &'static str,
}

/// A kind of database file.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Distinguishes it from other SQLite databases (`PRAGMA application_id`).
    pub application: i32,
    /// Its name in the error for a file of another kind.
    pub name: &'static str,
    /// The migrations from each version to the next. A new file has version 0.
    pub steps: &'static [Migration],
}

/// The oldest supported version of SQLite. Older ones can corrupt a database in WAL mode if two connections write or
/// checkpoint at once.
const OLDEST_SQLITE: i32 = 3_051_003;
/// How long a write waits for another process's write lock. Shorter than the deadline of callers.
const LOCK_TIMEOUT: Duration = Duration::from_millis(1_500);
/// Interval at which the lock is polled. SQLite's own backoff, with up to 100 ms between attempts, rarely hits the
/// gap between two commits of a busy process.
const LOCK_POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Opens a connection for writing. First creates the file, or migrates it to this version, if necessary.
pub fn writer(path: &Path, kind: Kind) -> Result<Connection, StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        let version = rusqlite::version();
        return Err(StoreError::Unavailable(format!("SQLite {version} is too old; 3.51.3 is needed")));
    }
    let unavailable = |text: String| StoreError::Unavailable(format!("{}: {text}", path.display()));
    // Created before SQLite opens it, so that others can never read it. An existing file is not opened here: closing
    // it would release all locks that this process holds on it, including SQLite's. SQLite itself gives the WAL and
    // its index to the owner of the file.
    let made = OpenOptions::new().create_new(true).append(true).mode(0o600).open(path);
    match made.and_then(|_| give_as_around(path)) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(unavailable(format!("cannot create it: {error}")));
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
            "was made by a newer release (version {found}; this one knows {known}); use that release"
        )));
    }
    use_log(&mut connection).map_err(refusal)?;
    if found < kind.steps.len() {
        migrate(&mut connection, kind)?;
    }
    // The checkpoint does not wait for other processes.
    connection.busy_timeout(Duration::ZERO).map_err(refusal)?;
    write_back(&connection)?;
    connection.busy_handler(Some(|looks| wait(looks, LOCK_TIMEOUT))).map_err(refusal)?;
    Ok(connection)
}

/// Returns the version of a file, without migrating it.
pub fn found_version(path: &Path) -> Result<usize, StoreError> {
    sound_log(path)?;
    version(&reader(path)?).map_err(failure)
}

/// Rejects a WAL from which SQLite would silently drop commits.
fn sound_log(path: &Path) -> Result<(), StoreError> {
    let log = wal::path(path);
    match wal::damage(path) {
        Ok(None) => Ok(()),
        Ok(Some(Damage { sound, commits })) => {
            Err(StoreError::WalDamaged { path: log.display().to_string(), sound, commits })
        }
        Err(error) => Err(StoreError::Unavailable(format!("{}: cannot read it: {error}", log.display()))),
    }
}

/// Copies a damaged WAL, and truncates the original where the damage begins. Returns the path of the
/// copy, if there was damage.
pub fn repair_log(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    let log = wal::path(path);
    let repaired = || {
        let Some(damage) = wal::damage(path)? else { return Ok(None) };
        let kept = log.with_extension("db-wal.damaged");
        if kept.try_exists()? {
            return Err(std::io::Error::other(format!("{} already exists; move it away", kept.display())));
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

/// Checkpoints the WAL into the file, so that what a crash left in it is not taken for damage later. Also, after a
/// failed fsync, the kernel can show pages of the WAL that are not on disk. Commits that a restarted process appends
/// to them would be lost with them in a power failure.
fn write_back(connection: &Connection) -> Result<(), StoreError> {
    let written = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(failure);
    match written {
        // Without space, everything stays in the WAL, which is no worse than before and still readable.
        Err(StoreError::DiskFull) => Ok(()),
        written => written,
    }
}

/// The size of the WAL, in pages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logged {
    pub(crate) all: i64,
    /// Pages that are not in the database file yet.
    pub(crate) left: i64,
}

/// Checkpoints as much of the WAL as possible while others read and write.
pub(crate) fn checkpoint(connection: &Connection) -> Result<Logged, StoreError> {
    let written = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        // Both are -1 while another connection checkpoints.
        let (all, done): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(Logged { all, left: all - done })
    });
    written.map_err(failure)
}

/// Returns the error for a file that cannot be written.
fn unwritable(path: &Path, error: &std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::DiskFull,
        _ => StoreError::Unavailable(format!("cannot write {}: {error}", path.display())),
    }
}

/// Returns whether to try the write lock again, after `looks` attempts.
fn wait(looks: i32, timeout: Duration) -> bool {
    std::thread::sleep(LOCK_POLL_INTERVAL);
    LOCK_POLL_INTERVAL * looks.unsigned_abs() < timeout
}

/// Opens a connection for reading.
pub fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path).map_err(failure)?;
    connection.pragma_update(None, "query_only", true).map_err(failure)?;
    Ok(connection)
}

/// Converts an error of SQLite.
#[must_use]
pub fn failure(error: Error) -> StoreError {
    match error.sqlite_error_code() {
        _ if is_lost(&error) => StoreError::DiskFailed,
        _ if is_full(&error) => StoreError::DiskFull,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Overloaded,
        // Without a code, a column does not have the type that was written.
        None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(error.to_string()),
        Some(_) => match missing_table(&error) {
            Some(table) => StoreError::NoSuchTable(table),
            None => StoreError::Unavailable(format!("SQLite: {error}")),
        },
    }
}

/// Returns whether a failed write means that the disk lost data that it had accepted. After a failed fsync the kernel
/// may have dropped the pages, and a second fsync would succeed without them (Rebello et al., "Can Applications
/// Recover from fsync Failures?", USENIX ATC 2020). So nothing is retried. If the system call itself rejects a write
/// (a quota, a limit on file sizes), nothing was accepted: acknowledged commits are safe, and writes work again when
/// there is space.
fn is_lost(error: &Error) -> bool {
    matches!(extended_code(error), Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC))
}

/// Returns whether there is no space for the file, its WAL, or the WAL's index.
fn is_full(error: &Error) -> bool {
    matches!(extended_code(error), Some(ffi::SQLITE_FULL | ffi::SQLITE_IOERR_SHMSIZE))
}

fn extended_code(error: &Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

/// Writes a value that changes nothing, so that the commit of the transaction shows whether the disk accepts writes.
pub fn probe(transaction: &Connection) -> rusqlite::Result<()> {
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    transaction.pragma_update(None, "user_version", version)
}

/// Returns the table that an error reports as missing.
pub(crate) fn missing_table(error: &Error) -> Option<String> {
    let text = error.to_string();
    let (_, table) = text.split_once("no such table: ")?;
    Some(table.split(" in ").next().unwrap_or(table).to_owned())
}

/// Returns what SQLite's integrity check finds in a file, one line each.
pub fn integrity(connection: &Connection) -> rusqlite::Result<Vec<String>> {
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

/// Runs the migrations that the file lacks. Reads its version again under the write lock: if two processes start at
/// once, only one migrates.
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

/// Switches to WAL mode. Retries, because two processes that open a new file at once collide here, and SQLite does
/// not wait by itself.
fn use_log(connection: &mut Connection) -> rusqlite::Result<()> {
    for _ in 1..RACES {
        match switch_to_log(connection) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                // SQLite does wait for the write lock.
                drop(connection.transaction_with_behavior(TransactionBehavior::Immediate)?);
            }
            done => return done,
        }
    }
    switch_to_log(connection)
}

/// Reads the result to its end. Only then SQLite commits the switch, and reports a failure.
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
    // Otherwise SQLite uses bound values to plan a statement, and plans it again for each of them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Detects pages with impossible cells when they are read.
    connection.pragma_update(None, "cell_size_check", true)?;
    checksum::register(&connection)?;
    Ok(connection)
}
