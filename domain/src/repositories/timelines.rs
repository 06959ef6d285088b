//! Timelines, in the table `timelines`: a home timeline for each reader, and the public one in parts.
//!
//! Entries of a home timeline are not always shown: each read checks the post, and the reader's relation to its
//! author. So an extra entry does no harm. A missing one would. Therefore an author is on the reader's list of
//! authors to pull until all their posts are there, and as long as their posts are not pushed.

mod home;
mod public;

use item_store::Tables;

pub(super) use home::pulled;
pub(crate) use home::{BATCH, Parting};

/// When pulling the author began. Distinguishes an entry from a later one.
pub(super) const SINCE: &str = "since";

/// Reads and writes timelines.
#[derive(Debug, Clone)]
pub(crate) struct TimelineStore {
    tables: Tables,
}

impl TimelineStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables }
    }
}
