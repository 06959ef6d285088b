//! The state of the disk, and of the files that a writer has open on it.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

use super::wal;
use crate::api::StoreError;

/// Tracks whether writes reach the disk, in the files that the next start opens.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Seen>);

/// Number of test writes after which a full disk counts as having space again. Each takes a page, and a message takes
/// several.
pub const PROBES: u32 = 16;

const WORKS: u8 = 0;
const FULL: u8 = 1;
const FAILED: u8 = 2;
const LOST: u8 = 3;

#[derive(Debug)]
struct Seen {
    state: AtomicU8,
    files: [Place; 3],
    /// Set when a file is no longer where it was.
    lost: watch::Sender<Option<StoreError>>,
}

/// A path, and the identity of the file that was there at the start.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Disk {
    /// Remembers which files a database consists of. Call this while a connection has the database open: SQLite
    /// creates the WAL and its index for the first connection, and removes them after the last one of all processes.
    /// In between they stay the same files.
    ///
    /// # Errors
    /// `Unavailable` if the metadata of a file cannot be read.
    pub fn of(database: &Path) -> Result<Self, StoreError> {
        let look = || {
            let path = std::path::absolute(database)?;
            // If the database is a symbolic link, SQLite keeps the WAL beside its target.
            let real = fs::canonicalize(&path)?;
            Ok([Place::new(path)?, Place::new(wal::path(&real))?, Place::new(wal::index_path(&real))?])
        };
        let files = look().map_err(|error: std::io::Error| {
            StoreError::Unavailable(format!("{}: cannot look at it and its log: {error}", database.display()))
        })?;
        let (state, lost) = (AtomicU8::new(WORKS), watch::Sender::new(None));
        Ok(Self(Arc::new(Seen { state, files, lost })))
    }

    /// Fails if the disk has failed or a file is lost. Both last until a restart.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.0.state.load(Ordering::SeqCst) == FAILED { Err(StoreError::DiskFailed) } else { self.readable() }
    }

    /// Fails if a file is lost, because reads would differ from what the next start finds.
    pub fn readable(&self) -> Result<(), StoreError> {
        if self.0.state.load(Ordering::SeqCst) != LOST {
            return Ok(());
        }
        self.0.lost.borrow().clone().map_or(Ok(()), Err)
    }

    /// Checks that the open files are still those that the next start opens. If they are not, this and all later
    /// checks fail. Blocks for three `stat(2)` calls. Does not open the files: closing one would release all locks
    /// that this process holds on it, including SQLite's.
    pub fn confirm(&self) -> Result<(), StoreError> {
        self.readable()?;
        let Some(lost) = self.0.files.iter().find(|place| !place.has_its_file()) else { return Ok(()) };
        let error = StoreError::FileLost(lost.path.display().to_string());
        tracing::error!("{error}");
        self.0.lost.send_replace(Some(error.clone()));
        self.0.state.store(LOST, Ordering::SeqCst);
        Err(error)
    }

    /// Waits until a file is found lost, and returns the error.
    pub async fn lost(&self) -> StoreError {
        let mut lost = self.0.lost.subscribe();
        let found = lost.wait_for(Option::is_some).await.ok().and_then(|error| error.clone());
        match found {
            Some(error) => error,
            // Unreachable: the sender lives as long as `self`.
            None => std::future::pending().await,
        }
    }

    /// Returns whether the last write found the disk full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.state.load(Ordering::SeqCst) == FULL
    }

    /// Records the result of a write. A failure is permanent.
    pub fn saw(&self, error: Option<&StoreError>) {
        let seen = match error {
            None => WORKS,
            Some(StoreError::DiskFull) => FULL,
            Some(StoreError::DiskFailed) => FAILED,
            Some(_) => return,
        };
        let _ = self.0.state.try_update(Ordering::SeqCst, Ordering::SeqCst, |before| (before < FAILED).then_some(seen));
    }
}

impl Place {
    fn new(path: PathBuf) -> Result<Self, std::io::Error> {
        let found = fs::metadata(&path)?;
        Ok(Self { path, device: found.dev(), inode: found.ino() })
    }

    fn has_its_file(&self) -> bool {
        // If the metadata cannot be read, it is unknown what the next start finds.
        fs::metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == (self.device, self.inode))
    }
}
