//! The social graph: who follows, mutes and blocks whom.

mod block;
mod follow;
mod lists;
mod load;

use std::sync::Arc;

pub use crate::model::following::Following;
pub use follow::{Follow, Unfollowed};
pub use lists::Person;
pub use load::Imported;
pub(crate) use load::Loader;

use crate::accounts::{Accounts, Acting, Caller, EventKind, Right};
use crate::repositories::graph::GraphStore;
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
    ) -> Result<Pair, Error> {
        let (acting, other) =
            tokio::join!(self.accounts.act_in_name(caller, account, Right::Write), self.accounts.active(other));
        let (acting, other) = (acting?, other?.profile.name);
        if *acting.name() == other {
            return Err(Error::Conflict(format!("{other} cannot follow, mute or block itself; name another account")));
        }
        Ok(Pair { acting, other, id: self.ids.next().await? })
    }
}

impl Pair {
    fn event(&self, kind: EventKind) -> Option<crate::accounts::Event> {
        self.acting.event(self.id, kind, self.other.to_string())
    }
}
