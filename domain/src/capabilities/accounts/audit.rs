use std::cmp::Reverse;

use super::{Accounts, Administrator, Caller, Event};
use crate::model::page::ListName;
use crate::{AccountReference, Error, Page, PageRequest, Username};

impl Accounts {
    /// Returns the audit of an account, including what delegates did for it, newest first. Costs a read of each store.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner; `NotFound`, `BadCursor`.
    pub async fn audit(
        &self,
        caller: &Caller,
        account: &AccountReference,
        request: &PageRequest,
    ) -> Result<Page<Event>, Error> {
        let owner = self.own(caller, Some(account)).await?;
        self.events(&AccountReference::Id(owner.account.id), request).await
    }

    /// Returns the same for an administrator.
    pub async fn audit_of(
        &self,
        _: &Administrator,
        account: &AccountReference,
        request: &PageRequest,
    ) -> Result<Page<Event>, Error> {
        self.events(account, request).await
    }

    /// Returns the events of all accounts and of the installation, newest first, without those of delegates.
    pub async fn audit_of_all(
        &self,
        _: &Administrator,
        request: &PageRequest,
    ) -> Result<Page<(Option<Username>, Event)>, Error> {
        let list = ListName(&["events"]);
        let after = list.position(request)?;
        let events = self.store.all_events(after, request.limit.get() + 1).await?;
        Ok(list.page(events, request.limit, |(_, event)| event.id))
    }

    /// Records an act of a delegate that has no transaction of its own. Costs a transaction.
    pub(crate) async fn record(&self, owner: &Username, act: Option<&Event>) -> Result<(), Error> {
        match act {
            Some(act) => self.delegate_audit.add(owner, act).await,
            None => Ok(()),
        }
    }

    async fn events(&self, account: &AccountReference, request: &PageRequest) -> Result<Page<Event>, Error> {
        let stored = self.store.account(account).await?.ok_or_else(|| super::unknown(account))?;
        let (id, name) = (stored.account.id, stored.account.profile.name);
        let parts = ["audit", &name.key()];
        let list = ListName(&parts);
        let after = list.position(request)?;
        let count = request.limit.get() + 1;
        let (mut events, acts) =
            tokio::try_join!(self.store.events(id, after, count), self.delegate_audit.list(&name, after, count))?;
        events.extend(acts);
        events.sort_by_key(|event| Reverse(event.id));
        Ok(list.page(events, request.limit, |event| event.id))
    }
}
