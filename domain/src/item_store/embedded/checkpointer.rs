//! Writes the log back into the file beside the thread that writes, for which everybody who writes would have to
//! wait otherwise. It cannot overtake that thread: when the log is long, the last pages are left to it, and the log
//! begins anew.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;

use super::writer::failed;
use crate::item_store::api::StoreError;
use crate::item_store::disk::Disk;
use crate::item_store::sqlite::{self, checkpoint};

/// From how many pages on a log is long, of 4 KB each. SQLite's own 1,000 have each page written back as often as it
/// was written, and the disk waited for each time; at more, a start after a crash has more to look through.
const LONG: i64 = 12_000;
/// How many pages are few: the thread that writes can write them back without being missed for long.
const FEW: i64 = 400;
/// How often what is written meanwhile is followed, which is less each time.
const PASSES: u32 = 4;

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

    /// Answers whether the log is long, and as much of it written back as can be.
    fn write_back(&mut self) -> Result<bool, StoreError> {
        // What stands at the path is what is synced.
        self.disk.confirm()?;
        let mut logged = checkpoint(&self.connection)?;
        // SQLite syncs the file with the last page alone, which is the other thread's: it should find little to do.
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
