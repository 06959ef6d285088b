//! The repositories: convert between types of the model and rows of SQLite or items of the item store. They make no
//! decisions.

pub(crate) mod delegate_audit;
pub(crate) mod entries;
pub(crate) mod epochs;
pub(crate) mod expired;
mod failure;
pub(crate) mod fence;
pub(crate) mod files;
pub(crate) mod graph;
pub(crate) mod identity;
pub(crate) mod instances;
mod items;
pub(crate) mod jobs;
pub(crate) mod kept;
pub(crate) mod keys;
pub(crate) mod leases;
pub(crate) mod messages;
pub(crate) mod posts;
pub(crate) mod profiles;
pub(crate) mod shop;
pub(crate) mod timelines;

pub use jobs::{FailedJob, FailedJobs, JobFailures};

use jobs::JobStore;

use item_store::Tables;

/// The repositories of items.
#[derive(Debug, Clone)]
pub(crate) struct Stores {
    pub(crate) messages: messages::MessageStore,
    pub(crate) posts: posts::PostStore,
    pub(crate) graph: graph::GraphStore,
    pub(crate) timelines: timelines::TimelineStore,
    pub(crate) profiles: profiles::ProfileStore,
    pub(crate) shop: shop::ShopStore,
    pub(crate) delegate_audit: delegate_audit::DelegateAuditStore,
    pub(crate) fences: fence::FenceStore,
    pub(crate) jobs: JobStore,
}

impl Stores {
    pub(crate) fn new(tables: &Tables) -> Self {
        Self::with(tables, JobStore::new(tables.clone()))
    }

    /// Returns the same repositories for background work, whose calls are counted separately.
    pub(crate) fn background(&self, tables: &Tables) -> Self {
        Self::with(tables, self.jobs.background(tables.clone()))
    }

    fn with(tables: &Tables, jobs: JobStore) -> Self {
        Self {
            messages: messages::MessageStore::new(tables.clone()),
            posts: posts::PostStore::new(tables.clone(), jobs.clone()),
            graph: graph::GraphStore::new(tables.clone(), jobs.clone()),
            timelines: timelines::TimelineStore::new(tables.clone()),
            profiles: profiles::ProfileStore::new(tables.clone()),
            shop: shop::ShopStore::new(tables.clone()),
            delegate_audit: delegate_audit::DelegateAuditStore::new(tables.clone()),
            fences: fence::FenceStore::new(tables.clone()),
            jobs,
        }
    }
}
