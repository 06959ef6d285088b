//! The writer of the log. The server goes on serving requests if the reader of the log exits or stalls, or its disk
//! is full.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Maximum number of lines that wait to be written.
const LINES: usize = 2_048;
/// Approximate size of a batch, in bytes.
const BATCH: usize = 64 * 1024;
/// Pause after a batch, in which the next one gathers. Waking the thread for each line would cost more than the line.
const PAUSE: Duration = Duration::from_millis(2);
/// Maximum time that the process waits for the last lines before it ends.
const ENDING: Duration = Duration::from_secs(1);

/// Number of lines that could not be written. Global to the process, like standard error.
static LOST: AtomicU64 = AtomicU64::new(0);
/// Number of lines that are not yet written.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// A writer to standard error that uses a thread, so that callers never wait for the reader. A line for which there
/// is no room is dropped and counted.
#[derive(Debug, Clone)]
pub struct Log(SyncSender<Vec<u8>>);

impl Log {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system cannot create a thread.
    pub fn start() -> io::Result<Self> {
        let (sender, lines) = sync_channel(LINES);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || write(&lines))?;
        Ok(Self(sender))
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        WAITING.fetch_add(1, Ordering::Relaxed);
        if self.0.try_send(line.to_vec()).is_err() {
            WAITING.fetch_sub(1, Ordering::Relaxed);
            LOST.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // The thread does not buffer lines beyond a batch.
        Ok(())
    }
}

fn write(lines: &Receiver<Vec<u8>>) {
    while let Ok(mut batch) = lines.recv() {
        let mut count = 1;
        while batch.len() < BATCH
            && let Ok(line) = lines.try_recv()
        {
            batch.extend_from_slice(&line);
            count += 1;
        }
        if io::stderr().lock().write_all(&batch).is_err() {
            LOST.fetch_add(count as u64, Ordering::Relaxed);
        }
        WAITING.fetch_sub(count, Ordering::Relaxed);
        std::thread::sleep(PAUSE);
    }
}

/// Waits until all lines are written, for 1 s at most. Call it before the process ends.
pub fn finish() {
    let began = Instant::now();
    while WAITING.load(Ordering::Relaxed) > 0 && began.elapsed() < ENDING {
        std::thread::sleep(PAUSE);
    }
}

/// Returns the number of lines that could not be written since the start.
pub(crate) fn lost() -> u64 {
    LOST.load(Ordering::Relaxed)
}
