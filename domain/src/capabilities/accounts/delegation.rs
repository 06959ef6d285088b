use std::cmp::Reverse;

use super::{Accounts, Caller, Delegate, EventKind, Grant, Scope};
use crate::model::page::ListName;
use crate::repositories::identity::Granted;
use crate::{AccountReference, Error, Page, PageRequest, Timestamp, Username};

/// What a new delegate may do.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewGrant {
    /// The scope; without one, everything but what is reserved for the owner.
    pub scope: Option<Scope>,
    /// When it ends; without a time, it holds until it is revoked.
    pub expires_at: Option<Timestamp>,
}

impl Accounts {
    /// Returns the delegates of an account, including expired ones. The delegate with the newest account comes first.
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

    /// Returns a delegate of an account, even if the grant has expired.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner; `NotFound` if there is no such delegate.
    pub async fn delegate(
        &self,
        caller: &Caller,
        account: &AccountReference,
        delegate: &AccountReference,
    ) -> Result<Delegate, Error> {
        let owner = self.own(caller, Some(account)).await?;
        let missing = || Error::NotFound(format!("{delegate} is not a delegate of {}", owner.account.profile.name));
        // The error does not reveal whether the account exists: it may have blocked the owner.
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

    /// Lets a delegate act for an account, or changes what the delegate may do. Returns the delegate, and whether the
    /// grant is new.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner; `NotFound` if there is no such account, or it has blocked the owner;
    /// `Conflict` if the owner has blocked it; `Invalid` for the account itself and for an end in the past.
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
            return Err(Error::invalid("delegate", "is the account itself; name another account"));
        }
        let relation = self.graph.relation(&owner.account.profile.name, &delegate.profile.name).await?;
        relation.may_meet(&delegate.profile.name, reference)?;
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::invalid("expires-at", "is in the past"));
        }
        let grant = Grant { scope: new.scope, created_at: now, expires_at: new.expires_at };
        let event =
            owner.event(self.ids.next().await?, EventKind::DelegateAdded, Some(told(&delegate.profile.name, &grant)));
        let granted = self.store.put_delegate(owner.authority(now), delegate.id, grant, event).await?;
        Ok((Delegate { id: delegate.id, name: delegate.profile.name, grant }, granted == Granted::Created))
    }

    /// Revokes a delegate's right to act for an account.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner; `NotFound` if there is no such delegate.
    pub async fn take_delegate(
        &self,
        caller: &Caller,
        account: &AccountReference,
        delegate: &AccountReference,
    ) -> Result<(), Error> {
        let owner = self.own(caller, Some(account)).await?;
        let missing = || Error::NotFound(format!("{delegate} is not a delegate of {}", owner.account.profile.name));
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

/// Describes a delegate and the grant in words, for the audit.
pub(super) fn told(name: &Username, grant: &Grant) -> String {
    let scope = grant.scope.map(|scope| format!(", scope {}", scope.as_str())).unwrap_or_default();
    let end = grant.expires_at.map(|end| format!(", until {end}")).unwrap_or_default();
    format!("{name}{scope}{end}")
}
