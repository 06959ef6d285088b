//! Timelines, in the table `timelines`: a home timeline for each reader, and the public one in parts.
//!
//! What stands in a home timeline need not be shown: whoever reads it looks at the post and at what he has to do with its
//! author. So an entry too many does no harm. One too few would: an author is on the reader's list of those to be pulled
//! until all of his posts are there, and as long as they are not pushed.

mod home;
mod public;

use crate::item_store::Tables;

pub(super) use home::pulled;
pub(crate) use home::{BATCH, Parting};

/// Since when an author has been pulled: tells one entry from a later one.
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
