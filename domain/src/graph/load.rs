use std::sync::Arc;

use super::Graph;
use crate::accounts::Administrator;
use crate::repositories::graph::{Followed, GraphStore, People};
use crate::{AccountReference, Error, Id, IdGenerator, Username};

/// What became of a follow that an administrator brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// It is new.
    New,
    /// It was there already.
    Already,
    /// It cannot be; why.
    Refused(String),
}

impl Graph {
    /// Lets somebody follow somebody, as an administrator brings it.
    ///
    /// # Errors
    /// Where a store does not do its work; `NotFound` where the follower is not there.
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
            return Ok(Imported::Refused(format!("{whom} cannot follow oneself")));
        }
        let id = self.ids.next().await?;
        self.loader().load(&who, &whom, id).await
    }

    /// Loads follows; for many tasks side by side.
    pub(crate) fn loader(&self) -> Loader {
        Loader { store: self.store.clone(), ids: Arc::clone(&self.ids) }
    }

    /// Whom somebody follows, in the order in which he began to.
    ///
    /// # Errors
    /// `NotFound` where there is no such account.
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

/// Adds follows, whoever asks.
#[derive(Debug, Clone)]
pub(crate) struct Loader {
    store: GraphStore,
    ids: Arc<IdGenerator>,
}

impl Loader {
    /// The id of the next follow: lists of people are in the order of these.
    pub(crate) async fn next_id(&self) -> Result<Id, Error> {
        self.ids.next().await
    }

    /// Lets somebody follow somebody. With the same id it can be done again.
    pub(crate) async fn load(&self, who: &Username, whom: &Username, id: Id) -> Result<Imported, Error> {
        Ok(match self.store.follow(who, whom, id, None, None).await? {
            Followed::New => Imported::New,
            Followed::Already(since) if since == id => Imported::New,
            Followed::Already(_) => Imported::Already,
            Followed::FollowerGone => Imported::Refused(format!("the account {who} was deleted")),
            Followed::OtherGone => Imported::Refused(format!("the account {whom} was deleted")),
            Followed::Refused(_) => Imported::Refused(format!("one of {who} and {whom} blocks the other")),
        })
    }
}
