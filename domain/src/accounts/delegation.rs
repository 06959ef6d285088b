use std::cmp::Reverse;

use super::{Accounts, Caller, Delegate, EventKind, Grant, Scope};
use crate::model::page::ListName;
use crate::repositories::identity::Granted;
use crate::{AccountReference, Error, Page, PageRequest, Timestamp, Username};

/// What a delegate is to be allowed.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewGrant {
    /// How much; without one all but what is for the owner alone.
    pub scope: Option<Scope>,
    /// Until when; without one until it is taken back.
    pub expires_at: Option<Timestamp>,
}

impl Accounts {
    /// Those who may act for an account, also those whose time is over; whose own account is newest comes first.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner; `NotFound`, `BadCursor`.
    pub async fn delegates(
        &self,
        caller: &Caller,
        account: &AccountReference,
        request: &PageRequest,
    ) -> Result<Page<Delegate>, Error> {
        let owner = self.own(caller, Some(account)).await?;
        let mut delegates = self.store.delegates(owner.account.id).await?;
        delegates.sort_by_key(|delegate| Reverse(delegate.id));
        ListName(&["delegates", &owner.account.id.to_string()]).page_of(delegates, request, |delegate| delegate.id)
    }

    /// One of those who may act for an account, also where his time is over.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner; `NotFound` where he is no delegate.
    pub async fn delegate(
        &self,
        caller: &Caller,
        account: &AccountReference,
        delegate: &AccountReference,
    ) -> Result<Delegate, Error> {
        let owner = self.own(caller, Some(account)).await?;
        let missing = || Error::NotFound(format!("{delegate} is no delegate of {}", owner.account.profile.name));
        // Whether such an account is there at all is not told apart: it may have blocked the owner.
        let found = match self.active(delegate).await {
            Err(Error::NotFound(_)) => return Err(missing()),
            found => found?,
        };
        let (_, grant) = self
            .store
            .account_for(&AccountReference::Id(owner.account.id), found.id)
            .await?
            .ok_or_else(|| super::unknown(account))?;
        Ok(Delegate { id: found.id, name: found.profile.name, grant: grant.ok_or_else(missing)? })
    }

    /// Lets somebody act for an account, or changes what he may do. Answers him, and whether that is new.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner; `NotFound` where there is no such account, or it has blocked the owner;
    /// `Conflict` where the owner has blocked it; `Invalid` for oneself and for an end that is past.
    pub async fn put_delegate(
        &self,
        caller: &Caller,
        account: &AccountReference,
        reference: &AccountReference,
        new: NewGrant,
    ) -> Result<(Delegate, bool), Error> {
        let owner = self.own(caller, Some(account)).await?;
        let delegate = self.active(reference).await?;
        let now = self.clock.now();
        if delegate.id == owner.account.id {
            return Err(Error::invalid("delegate", "is the account itself, which needs no delegate to act for it"));
        }
        let relation = self.graph.relation(&owner.account.profile.name, &delegate.profile.name).await?;
        relation.may_meet(&delegate.profile.name, reference)?;
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::invalid("expires-at", "is past"));
        }
        let grant = Grant { scope: new.scope, created_at: now, expires_at: new.expires_at };
        let event =
            owner.event(self.ids.next().await?, EventKind::DelegateAdded, Some(told(&delegate.profile.name, &grant)));
        let granted = self.store.put_delegate(owner.authority(now), delegate.id, grant, event).await?;
        Ok((Delegate { id: delegate.id, name: delegate.profile.name, grant }, granted == Granted::Created))
    }

    /// Takes the right to act for an account away.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner; `NotFound` where he is no delegate.
    pub async fn take_delegate(
        &self,
        caller: &Caller,
        account: &AccountReference,
        delegate: &AccountReference,
    ) -> Result<(), Error> {
        let owner = self.own(caller, Some(account)).await?;
        let missing = || Error::NotFound(format!("{delegate} is no delegate of {}", owner.account.profile.name));
        let found = self.store.account(delegate).await?.ok_or_else(missing)?.account;
        let detail = Some(found.profile.name.to_string());
        let event = owner.event(self.ids.next().await?, EventKind::DelegateRemoved, detail);
        if self.store.remove_delegate(owner.authority(self.clock.now()), found.id, event).await? {
            Ok(())
        } else {
            Err(missing())
        }
    }
}

/// A delegate and what he may do, in words.
pub(super) fn told(name: &Username, grant: &Grant) -> String {
    let scope = grant.scope.map(|scope| format!(", scope {}", scope.as_str())).unwrap_or_default();
    let end = grant.expires_at.map(|end| format!(", until {end}")).unwrap_or_default();
    format!("{name}{scope}{end}")
}
