use std::sync::Arc;

use foldhash::HashSet;

use crate::repositories::graph::{GraphStore, Relation};
use crate::repositories::identity::{IdentityStore, SummariesByName};
use crate::{AccountReference, Error, Username};

/// Decides which accounts a reader is shown. This is the one rule for everything that names accounts.
///
/// A list names active accounts that neither block the reader nor are blocked by the reader. An account that is
/// requested by name is visible unless it blocks the reader: the reader may want to unblock it. Your own lists of
/// blocked and muted accounts name every active account, so that you can remove each of them.
#[derive(Debug, Clone)]
pub(crate) struct PeopleVisibility {
    graph: GraphStore,
    accounts: Arc<IdentityStore>,
}

impl PeopleVisibility {
    pub(crate) fn new(graph: GraphStore, accounts: Arc<IdentityStore>) -> Self {
        Self { graph, accounts }
    }

    /// Returns the summaries of the accounts that a list may name to a reader. Costs a read of SQLite, and with a
    /// reader one batch get for each 100 names.
    pub(crate) async fn summaries(
        &self,
        names: HashSet<Username>,
        reader: Option<&Username>,
    ) -> Result<SummariesByName, Error> {
        let others = names.iter().cloned().collect();
        let (mut summaries, hidden) = tokio::try_join!(self.accounts.summaries(names), self.hidden(others, reader))?;
        summaries.retain(|name, _| !hidden.contains(name));
        Ok(summaries)
    }

    /// Returns the names that no list may show to a reader. Costs one batch get for each 100 names; nothing without a
    /// reader.
    pub(crate) async fn hidden(
        &self,
        names: Vec<Username>,
        reader: Option<&Username>,
    ) -> Result<HashSet<Username>, Error> {
        let Some(reader) = reader else { return Ok(HashSet::default()) };
        let relations = self.graph.relations(reader, names).await?;
        let hidden = relations.into_iter().filter(|(name, relation)| name != reader && !relation.names());
        Ok(hidden.map(|(name, _)| name).collect())
    }

    /// Checks that a reader may look at an account by its name. Costs a read, unless there is no reader or it is the
    /// account itself.
    ///
    /// # Errors
    /// `NotFound`, as if the account did not exist, if it blocks the reader.
    pub(crate) async fn look(
        &self,
        reader: Option<&Username>,
        account: &Username,
        reference: &AccountReference,
    ) -> Result<(), Error> {
        match reader.filter(|reader| *reader != account) {
            Some(reader) => self.graph.relation(reader, account).await?.may_look(reference),
            None => Ok(()),
        }
    }
}

impl Relation {
    /// Returns whether lists may name the other account to the reader.
    pub(super) fn names(&self) -> bool {
        self.blocks.is_none() && self.blocked.is_none()
    }
}
