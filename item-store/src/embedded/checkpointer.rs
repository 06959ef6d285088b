//! Checkpoints the WAL in a thread beside the writer. Otherwise all writes would wait for it. This thread cannot
//! overtake the writer. So when the WAL is long, the writer checkpoints the last pages, and the WAL starts again from
//! its beginning.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;

use super::writer::failed;
use crate::api::StoreError;
use crate::sqlite::disk::Disk;
use crate::sqlite::{self, checkpoint};

/// Length of a long WAL, in pages of 4 KB. At SQLite's default of 1,000, pages are written back nearly as often as
/// they are written, with a wait for the disk each time. At more, a start after a crash has more to check.
const LONG: i64 = 12_000;
/// Number of pages that the writer can checkpoint without delaying writes noticeably.
const FEW: i64 = 400;
/// Maximum number of passes. Each pass checkpoints what was written during the one before, which becomes less.
const PASSES: u32 = 4;

/// The thread. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Checkpointer {
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    few_left: Arc<AtomicBool>,
}

impl Checkpointer {
    pub(super) fn start(path: &Path, disk: Disk) -> Result<Self, StoreError> {
        let (wake, woken) = bounded(1);
        let few_left = Arc::<AtomicBool>::default();
        let (connection, path) = (sqlite::reader(path)?, path.to_owned());
        let state = State { connection, path, file: None, disk, few_left: Arc::clone(&few_left) };
        let thread = std::thread::Builder::new()
            .name("items-checkpoint".to_owned())
            .spawn(move || state.work(&woken))
            .map_err(|error| StoreError::Unavailable(format!("cannot start a thread: {error}")))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), few_left })
    }

    /// Signals that there is something to checkpoint. Does not wait.
    pub(super) fn wake(&self) {
        if let Some(wake) = &self.wake {
            // A signal that is still pending is enough.
            let _ = wake.try_send(());
        }
    }

    /// Returns whether the writer should checkpoint the last pages. Resets the signal.
    pub(super) fn leaves_few(&self) -> bool {
        self.few_left.swap(false, Ordering::Relaxed)
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct State {
    connection: Connection,
    path: PathBuf,
    /// Used for syncs, opened for the first one. Never closed: that would release all locks that this process holds
    /// on the file, including SQLite's (`fcntl(2)`).
    file: Option<ManuallyDrop<File>>,
    disk: Disk,
    few_left: Arc<AtomicBool>,
}

impl State {
    fn work(mut self, woken: &Receiver<()>) {
        while woken.recv().is_ok() {
            match self.write_back() {
                Ok(few) => self.few_left.store(few, Ordering::Relaxed),
                Err(error) => {
                    let error = failed(&self.disk, error);
                    tracing::warn!(%error, "cannot checkpoint the write-ahead log");
                }
            }
        }
    }

    /// Checkpoints as many pages as possible. Returns whether the WAL is long, so that the writer should do the rest.
    fn write_back(&mut self) -> Result<bool, StoreError> {
        // The sync opens the path, so it must still lead to the open file.
        self.disk.confirm()?;
        let mut logged = checkpoint(&self.connection)?;
        // SQLite syncs the file only with the last page, which is left to the writer. Sync here, so that it has
        // little to do.
        self.sync()?;
        for _ in 1..PASSES {
            if logged.all < LONG || logged.left <= FEW {
                break;
            }
            logged = checkpoint(&self.connection)?;
        }
        Ok(logged.all >= LONG)
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        if self.file.is_none() {
            let file = File::open(&self.path).map_err(|error| StoreError::Unavailable(error.to_string()))?;
            self.file = Some(ManuallyDrop::new(file));
        }
        let synced = self.file.as_ref().map_or(Ok(()), |file| file.sync_data());
        synced.map_err(|_| StoreError::DiskFailed)
    }
}
