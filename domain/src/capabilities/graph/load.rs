use std::sync::Arc;

use super::Graph;
use crate::accounts::Administrator;
use crate::repositories::graph::{Followed, GraphStore, People, RelationChange};
use crate::{AccountReference, Error, Id, IdGenerator, Username};

/// The result of importing a follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// The follow is new.
    New,
    /// The follow existed already.
    Already,
    /// The follow is impossible, for this reason.
    Refused(String),
}

impl Graph {
    /// Imports a follow for an administrator.
    ///
    /// # Errors
    /// Errors of the stores; `NotFound` if the follower does not exist.
    pub async fn import(
        &self,
        _: &Administrator,
        who: &AccountReference,
        whom: &AccountReference,
    ) -> Result<Imported, Error> {
        let who = self.accounts.active(who).await?.profile.name;
        let whom = match self.accounts.active(whom).await {
            Ok(account) => account.profile.name,
            Err(Error::NotFound(reason)) => return Ok(Imported::Refused(reason)),
            Err(error) => return Err(error),
        };
        if who == whom {
            return Ok(Imported::Refused(format!("{whom} cannot follow itself")));
        }
        let id = self.ids.next().await?;
        self.loader().load(&who, &whom, id).await
    }

    /// Returns a loader of follows, which can be used by many tasks concurrently.
    pub(crate) fn loader(&self) -> Loader {
        Loader { store: self.store.clone(), ids: Arc::clone(&self.ids) }
    }

    /// Returns all accounts that an account follows, oldest first.
    ///
    /// # Errors
    /// `NotFound` if there is no such account.
    pub async fn export(&self, _: &Administrator, of: &AccountReference) -> Result<Vec<Username>, Error> {
        const PAGE: usize = 1_000;
        let owner = self.accounts.active(of).await?.profile.name;
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.people(People::Following, &owner, after, PAGE).await?;
            after = page.last().map(|(id, _)| *id);
            let is_last = page.len() < PAGE;
            names.extend(page.into_iter().map(|(_, name)| name));
            if is_last {
                names.reverse();
                return Ok(names);
            }
        }
    }
}

/// Adds follows without checking permissions.
#[derive(Debug, Clone)]
pub(crate) struct Loader {
    store: GraphStore,
    ids: Arc<IdGenerator>,
}

impl Loader {
    /// Returns the id for the next follow. Lists of accounts are sorted by these ids.
    pub(crate) async fn next_id(&self) -> Result<Id, Error> {
        self.ids.next().await
    }

    /// Makes an account follow another. Can be repeated with the same id.
    pub(crate) async fn load(&self, who: &Username, whom: &Username, id: Id) -> Result<Imported, Error> {
        let change = RelationChange { one: who, other: whom, id, event: None };
        Ok(match self.store.follow(change, None).await? {
            Followed::New => Imported::New,
            Followed::Already(since) if since == id => Imported::New,
            Followed::Already(_) => Imported::Already,
            Followed::FollowerGone => Imported::Refused(format!("the account {who} was deleted")),
            Followed::OtherGone => Imported::Refused(format!("the account {whom} was deleted")),
            Followed::Refused(_) => Imported::Refused(format!("{who} or {whom} has blocked the other")),
        })
    }
}
