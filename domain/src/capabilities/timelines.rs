//! Timelines: the public one, one of each author, and a home timeline of the accounts that a reader follows.
//!
//! The posts of most authors are pushed: a job adds an entry to the home timeline of each follower (`fanout`). The
//! posts of authors with very many followers are pulled: looked up when a home timeline is read. In both cases,
//! visibility is decided at read time.

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

/// Maximum number of entries of a home timeline.
pub(crate) const LENGTH: usize = 800;

/// The operations on timelines.
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
