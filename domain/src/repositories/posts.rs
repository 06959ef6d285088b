//! Posts, comments, reposts and likes, in the table `posts`, and their counters.
//!
//! A post is stored once, under its id. Lists have references to it: the author's list, the public timeline, the
//! comments on another post, and the author's own home timeline. One transaction creates a post with everything that
//! belongs to it, and another deletes it. Some of it remains at first, is invisible without the post, and is deleted
//! by a job. A deleted post with comments leaves a tombstone.

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
use twclone_schema::{POSTS, TIMELINES};

pub(crate) use codec::{decode, entry};
use compact_str::CompactString;
pub(crate) use read::FanKind;
pub(crate) use read_context::{Listed, ReadContext};

use super::entries::Entry;
use super::jobs::JobStore;
use crate::Id;
use crate::model::event::Event;
use crate::model::idempotency::IdempotencyRecord;
use item_store::Tables;
use item_store::api::{Action, Condition, Effect, Key};

/// What is written with a change: its idempotency key, and the act of the delegate who requested it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Companions {
    pub(crate) kept: Option<IdempotencyRecord>,
    pub(crate) event: Option<Event>,
    /// The id of the job that pushes it. By default the id of the post, which is as new.
    pub(crate) job: Option<Id>,
}

/// Number of parts of the public timeline that are remembered as existing.
const PARTS: usize = 64;

/// Reads and writes posts.
#[derive(Debug, Clone)]
pub(crate) struct PostStore {
    tables: Tables,
    jobs: JobStore,
    /// Parts of the public timeline that are known to be in the list of parts.
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

/// Returns an action on the table of posts.
fn act(key: Key, conditions: Vec<Condition>, effect: Effect) -> Action {
    Action { table: POSTS, key, conditions, effect }
}

/// Returns the action that adds an entry to a list of the table of timelines.
fn list(key: Key, entry: &Entry) -> Action {
    Action { table: TIMELINES, key, conditions: Vec::new(), effect: Effect::Put(super::entries::encode(entry)) }
}
