use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use foldhash::HashSet;

use super::IdentityStore;
use super::find::find;
use crate::model::account::AccountState;
use crate::model::author_summary::AuthorSummary;
use crate::{AccountReference, Error, Username};

/// Author summaries by name.
pub(crate) type SummariesByName = foldhash::HashMap<Username, Arc<AuthorSummary>>;

impl IdentityStore {
    /// Returns the states of the accounts with these names, by the case-insensitive form of the name. Unknown names
    /// are left out.
    pub(crate) async fn states(&self, names: Vec<Username>) -> Result<HashMap<CompactString, AccountState>, Error> {
        self.read(move |connection| {
            let mut states = HashMap::new();
            for name in names {
                let key = name.key();
                if let Some(found) = find(connection, &AccountReference::Name(name))? {
                    states.insert(key, found.account.state);
                }
            }
            Ok(states)
        })
        .await
    }

    /// Returns the author summaries of the active accounts with these names.
    pub(crate) async fn summaries(&self, names: HashSet<Username>) -> Result<SummariesByName, Error> {
        self.recall(move |connection, memory| memory.summaries(connection, names)).await
    }
}
