//! What a writer has seen of its disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::table::StoreError;

/// Whether what is written reaches the disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk(Arc<AtomicU8>);

/// How many times a disk that was full is written to before it is said to have room: each takes a page, and a
/// message some more than one.
pub(super) const PROBES: u32 = 16;

const WORKS: u8 = 0;
const FULL: u8 = 1;
const FAILED: u8 = 2;

impl Disk {
    /// Refuses where the disk has failed: nothing is tried again before a restart.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.0.load(Ordering::SeqCst) == FAILED { Err(StoreError::DiskFailed) } else { Ok(()) }
    }

    /// Whether the last write found no room.
    pub(super) fn is_full(&self) -> bool {
        self.0.load(Ordering::SeqCst) == FULL
    }

    /// Remembers how a write ended; a failure for good.
    pub(super) fn saw(&self, error: Option<&StoreError>) {
        let seen = match error {
            None => WORKS,
            Some(StoreError::DiskFull) => FULL,
            Some(StoreError::DiskFailed) => FAILED,
            Some(_) => return,
        };
        let _ = self.0.try_update(Ordering::SeqCst, Ordering::SeqCst, |before| (before != FAILED).then_some(seen));
    }
}
