//! Writes the log back into the file beside the thread that writes, for which everybody who writes would have to
//! wait otherwise. It cannot overtake that thread: the last pages are left to it, and then the log begins anew.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;

use super::writer::failed;
use crate::store::disk::Disk;
use crate::store::sqlite::{self, checkpoint};
use crate::store::table::StoreError;

/// How often it follows what is written meanwhile, which is less each time.
const PASSES: u32 = 4;
/// How many pages the thread that writes can write back without being missed.
const FEW: u32 = 400;

/// The thread; it ends with this.
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

    /// Says that there is something to write back. Waits for nothing.
    pub(super) fn wake(&self) {
        if let Some(wake) = &self.wake {
            // Where it is awake, it need not be woken.
            let _ = wake.try_send(());
        }
    }

    /// Whether the thread that writes should write the last pages back; once.
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
    /// For syncs, opened at the first. Never closed: that would give up all locks that this process has on the file,
    /// SQLite's too (`fcntl(2)`).
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
                    tracing::warn!(%error, "cannot write the log back");
                }
            }
        }
    }

    /// Answers whether few pages are left.
    fn write_back(&mut self) -> Result<bool, StoreError> {
        let mut passes = (0..PASSES).map(|_| checkpoint(&self.connection));
        passes.find(|left| !matches!(left, Ok(left) if *left > FEW)).transpose()?;
        // SQLite syncs the file with the last page alone, which is the other thread's. Then all but that is on disk.
        self.sync()?;
        Ok(checkpoint(&self.connection)? <= FEW)
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
