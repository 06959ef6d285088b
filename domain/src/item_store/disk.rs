//! What a writer has seen of its disk, and of the files that it has open there.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

use super::api::StoreError;
use super::log;

/// Whether what is written reaches the disk, where the next start looks for it.
#[derive(Debug, Clone)]
pub(crate) struct Disk(Arc<Seen>);

/// How many times a disk that was full is written to before it is said to have room: each takes a page, and a
/// message some more than one.
pub(crate) const PROBES: u32 = 16;

const WORKS: u8 = 0;
const FULL: u8 = 1;
const FAILED: u8 = 2;
const LOST: u8 = 3;

#[derive(Debug)]
struct Seen {
    state: AtomicU8,
    files: [Place; 3],
    /// The file that is not where it was.
    lost: watch::Sender<Option<StoreError>>,
}

/// A path, and the file that was there at the start.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Disk {
    /// Remembers which files a database consists of. To be called while a connection has it open: SQLite makes the log
    /// and its index for the first connection, and takes them away after the last one of all processes. In between they
    /// stay the same files.
    ///
    /// # Errors
    /// `Unavailable` where a file cannot be looked at.
    pub(crate) fn of(database: &Path) -> Result<Self, StoreError> {
        let look = || {
            let path = std::path::absolute(database)?;
            // Where the database is a link, SQLite has the log beside what it leads to.
            let real = fs::canonicalize(&path)?;
            Ok([Place::new(path)?, Place::new(log::path(&real))?, Place::new(log::index_path(&real))?])
        };
        let files = look().map_err(|error: std::io::Error| {
            StoreError::Unavailable(format!("{}: cannot look at it and its log: {error}", database.display()))
        })?;
        let (state, lost) = (AtomicU8::new(WORKS), watch::Sender::new(None));
        Ok(Self(Arc::new(Seen { state, files, lost })))
    }

    /// Refuses where the disk has failed, or a file is lost: nothing is tried again before a restart.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.0.state.load(Ordering::SeqCst) == FAILED { Err(StoreError::DiskFailed) } else { self.readable() }
    }

    /// Refuses where a file is lost: what is read there is not what the next start finds.
    pub(crate) fn readable(&self) -> Result<(), StoreError> {
        if self.0.state.load(Ordering::SeqCst) != LOST {
            return Ok(());
        }
        self.0.lost.borrow().clone().map_or(Ok(()), Err)
    }

    /// Refuses, from now on for good, where the open files are not those that the next start opens. Blocks for three
    /// `stat(2)`. They are not opened: to close one would give up all locks that this process has on it, SQLite's too.
    pub(crate) fn confirm(&self) -> Result<(), StoreError> {
        self.readable()?;
        let Some(lost) = self.0.files.iter().find(|place| !place.has_its_file()) else { return Ok(()) };
        let error = StoreError::FileLost(lost.path.display().to_string());
        tracing::error!("{error}");
        self.0.lost.send_replace(Some(error.clone()));
        self.0.state.store(LOST, Ordering::SeqCst);
        Err(error)
    }

    /// Answers when a file is found lost, with the error.
    pub(crate) async fn lost(&self) -> StoreError {
        let mut lost = self.0.lost.subscribe();
        let found = lost.wait_for(Option::is_some).await.ok().and_then(|error| error.clone());
        match found {
            Some(error) => error,
            // The sender lives as long as this.
            None => std::future::pending().await,
        }
    }

    /// Whether the last write found no room.
    pub(crate) fn is_full(&self) -> bool {
        self.0.state.load(Ordering::SeqCst) == FULL
    }

    /// Remembers how a write ended; a failure for good.
    pub(crate) fn saw(&self, error: Option<&StoreError>) {
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
        // Where it cannot be looked at, nobody knows what the next start finds.
        fs::metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == (self.device, self.inode))
    }
}
