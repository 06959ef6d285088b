//! Posts, comments, reposts and likes, in the table `posts`, and what they count.
//!
//! A post stands once, under its id. Lists hold references to it: its author's, the public one's, that of the comments on
//! another, its author's own home timeline. All that belongs to a post comes to be in the transaction that makes it, and
//! goes in the one that deletes it, but for what a job takes away later and nobody can see without the post. A deleted post
//! that has comments leaves a tombstone.

pub(crate) mod add;
mod codec;
mod inspect;
pub(crate) mod like;
mod read;
mod read_context;
mod remove;
mod tombstone;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use codec::{decode, entry};
use compact_str::CompactString;
pub(crate) use read::FanKind;
pub(crate) use read_context::{Listed, ReadContext};

use super::entries::Entry;
use super::jobs::JobStore;
use crate::Id;
use crate::item_store::Tables;
use crate::item_store::api::{Action, Condition, Effect, Key, Table};
use crate::model::event::Event;
use crate::model::idempotency::IdempotencyRecord;

/// What goes with a write: its idempotency key, and the act of the delegate who asked for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Companions {
    pub(crate) kept: Option<IdempotencyRecord>,
    pub(crate) event: Option<Event>,
    /// The id of the job that pushes it; where nothing is said, the post's own, which is as new.
    pub(crate) job: Option<Id>,
}

/// How many parts of the public timeline are remembered as being there.
const PARTS: usize = 64;

/// Reads and writes posts.
#[derive(Debug, Clone)]
pub(crate) struct PostStore {
    tables: Tables,
    jobs: JobStore,
    /// The parts of the public timeline that are known to be in the list of them.
    parts: Arc<Mutex<BTreeSet<CompactString>>>,
}

impl PostStore {
    pub(crate) fn new(tables: Tables, jobs: JobStore) -> Self {
        Self { tables, jobs, parts: Arc::default() }
    }

    fn knows(&self, part: &str) -> bool {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).contains(part)
    }

    fn learn(&self, part: CompactString) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.insert(part);
        if parts.len() > PARTS {
            parts.pop_first();
        }
    }
}

/// An action on the table of posts.
fn act(key: Key, conditions: Vec<Condition>, effect: Effect) -> Action {
    Action { table: Table::Posts, key, conditions, effect }
}

/// An entry in a list of the table of timelines.
fn list(key: Key, entry: &Entry) -> Action {
    Action { table: Table::Timelines, key, conditions: Vec::new(), effect: Effect::Put(super::entries::encode(entry)) }
}
