//! Where the log is written to. What reads it may go away or stop reading, or its disk may be full: that is no reason not
//! to answer.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// How many lines wait at most for their reader.
const LINES: usize = 2_048;
/// About how much is written at a time, in bytes.
const BATCH: usize = 64 * 1024;
/// After a batch the next one has so long to gather: to wake the writer for each line would cost more than the line.
const PAUSE: Duration = Duration::from_millis(2);
/// So long the end of the process waits for the last lines, at most.
const ENDING: Duration = Duration::from_secs(1);

/// How many lines could not be written. Of the process, as its standard error is.
static LOST: AtomicU64 = AtomicU64::new(0);
/// How many lines are on their way.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Standard error by way of a thread: nobody who writes a line waits for its reader. A line for which there is no room is
/// dropped, and counted.
#[derive(Debug, Clone)]
pub struct Log(SyncSender<Vec<u8>>);

impl Log {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where the system gives none.
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
        // The thread keeps nothing back.
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

/// Waits until all lines are written, for a moment at most: before the process ends.
pub fn finish() {
    let began = Instant::now();
    while WAITING.load(Ordering::Relaxed) > 0 && began.elapsed() < ENDING {
        std::thread::sleep(PAUSE);
    }
}

/// How many lines were dropped since the start.
pub(crate) fn lost() -> u64 {
    LOST.load(Ordering::Relaxed)
}
