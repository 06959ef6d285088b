//! The social graph: who follows, mutes and blocks whom.

mod follow;
mod lists;
mod load;
mod restriction;

use std::sync::Arc;

pub use crate::model::following::Following;
pub use crate::model::restriction::Restriction;
pub use follow::{Follow, Unfollowed};
pub use lists::Person;
pub use load::Imported;
pub(crate) use load::Loader;

use crate::accounts::{Accounts, Acting, Caller, Event, EventKind, Right};
use crate::repositories::graph::{GraphStore, RelationChange};
use crate::repositories::kept::KeptStore;
use crate::{AccountReference, Error, Id, IdGenerator, Username};

/// The operations on the social graph.
#[derive(Debug)]
pub struct Graph {
    pub(crate) store: GraphStore,
    kept: KeptStore,
    accounts: Arc<Accounts>,
    ids: Arc<IdGenerator>,
}

/// The two accounts of a change: the acting one and the other one.
struct Pair {
    acting: Acting,
    other: Username,
    /// The id of the change.
    id: Id,
    /// The entry for the audit, if a delegate acts.
    event: Option<Event>,
}

impl Graph {
    pub(crate) fn new(store: GraphStore, kept: KeptStore, accounts: Arc<Accounts>, ids: Arc<IdGenerator>) -> Self {
        Self { store, kept, accounts, ids }
    }

    /// Resolves the acting account and the other account, and generates the id of the change.
    async fn pair(
        &self,
        caller: &Caller,
        account: Option<&AccountReference>,
        other: &AccountReference,
        kind: EventKind,
    ) -> Result<Pair, Error> {
        let (acting, other) =
            tokio::join!(self.accounts.act_in_name(caller, account, Right::Write), self.accounts.active(other));
        let (acting, other) = (acting?, other?.profile.name);
        if *acting.name() == other {
            return Err(Error::Conflict(format!("{other} cannot follow, mute or block itself; name another account")));
        }
        let id = self.ids.next().await?;
        let event = acting.event(id, kind, other.to_string());
        Ok(Pair { acting, other, id, event })
    }
}

impl Pair {
    fn change(&self) -> RelationChange<'_> {
        RelationChange { one: self.acting.name(), other: &self.other, id: self.id, event: self.event.as_ref() }
    }
}
