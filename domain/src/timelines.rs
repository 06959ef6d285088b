//! Timelines: everybody's, one author's, and one's own of those whom one follows.
//!
//! The posts of most authors are pushed: a job brings an entry to the home timeline of each follower (`fanout`). Those of
//! an author with very many followers are pulled: looked up when a home timeline is read. Either way what is shown is
//! decided when it is read.

mod home;
mod public;
mod rebuild;
mod user;

use std::sync::Arc;

pub use rebuild::{Lag, Rebuilt};

use crate::accounts::Accounts;
use crate::fanout::FanOut;
use crate::repositories::Stores;
use crate::visibility::Visibility;

/// How many entries a home timeline has at most.
pub(crate) const LENGTH: usize = 800;

/// All that can be done with timelines.
#[derive(Debug)]
pub struct Timelines {
    stores: Stores,
    visibility: Visibility,
    fan_out: FanOut,
    accounts: Arc<Accounts>,
}

impl Timelines {
    pub(crate) fn new(stores: Stores, visibility: Visibility, fan_out: FanOut, accounts: Arc<Accounts>) -> Self {
        Self { stores, visibility, fan_out, accounts }
    }
}
