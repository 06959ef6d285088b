//! Where the log is written to. What reads it may go away, or its disk may be full: that is no reason not to answer.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many lines could not be written. Of the process, as its standard error is.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Standard error, which never fails: a line that cannot be written is dropped, and counted.
#[derive(Debug, Default, Clone, Copy)]
pub struct StandardError;

impl Write for StandardError {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if io::stderr().lock().write_all(line).is_err() {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // Nothing is kept back: standard error has no buffer.
        Ok(())
    }
}

/// How many lines were dropped since the start.
pub(crate) fn lost() -> u64 {
    LOST.load(Ordering::Relaxed)
}
