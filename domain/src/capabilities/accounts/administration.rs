use super::delegation::told;
use super::gate::Turn;
use super::{
    Account, AccountState, Accounts, Actor, Authority, Delegate, Event, EventKind, Grant, NewGrant, Origin, Password,
    Profile, Role, Session,
};
use crate::model::page::ListName;
use crate::repositories::identity::{AccountChange, Granted, NewAccount};
use crate::{AccountReference, Error, Id, Page, PageRequest, Timestamp};

/// The right to administer the installation. Accounts with that role have it, and so does anyone who can open its
/// data.
#[derive(Debug, Clone)]
pub struct Administrator(pub(crate) Origin);

/// An account from seed data.
#[derive(Debug, Clone)]
pub struct SeedAccount {
    /// The id; without one, a new id is made.
    pub id: Option<Id>,
    /// The name and the rest of the profile.
    pub profile: Profile,
    /// The password; without one, logging in is impossible.
    pub password: Option<Password>,
    /// When the account was created; by default now.
    pub created_at: Option<Timestamp>,
}

impl Accounts {
    /// Returns every account in every state, newest first.
    pub async fn list_all(&self, _: &Administrator, request: &PageRequest) -> Result<Page<Account>, Error> {
        let list = ListName(&["every account"]);
        let after = list.position(request)?;
        let accounts = self.store.accounts(true, after, request.limit.get() + 1).await?;
        Ok(list.page(accounts, request.limit, |account| account.id))
    }

    /// Returns an account in any state, with its delegates.
    pub async fn show(
        &self,
        _: &Administrator,
        reference: &AccountReference,
    ) -> Result<(Account, Vec<Delegate>), Error> {
        let account = self.any(reference).await?;
        let delegates = self.store.delegates(account.id).await?;
        Ok((account, delegates))
    }

    /// Returns the number of accounts in each state.
    pub async fn count(&self, _: &Administrator) -> Result<Vec<(String, u64)>, Error> {
        self.store.count_accounts().await
    }

    /// Creates accounts in one transaction; passwords are hashed in parallel. Returns for each whether its name was
    /// free. Does not refuse reserved names.
    ///
    /// # Errors
    /// `Invalid` for a password that is empty, longer than 71 bytes, or contains a NUL; `Conflict` for a name that
    /// has a profile but no account.
    pub async fn add(&self, _: &Administrator, accounts: Vec<SeedAccount>) -> Result<Vec<bool>, Error> {
        for password in accounts.iter().filter_map(|account| account.password.as_ref()) {
            password.usable().map_err(|fault| Error::invalid("password", fault))?;
        }
        let names: Vec<_> = accounts.iter().map(|account| account.profile.name.clone()).collect();
        for name in self.profiles.written(&names).await? {
            if self.store.account(&AccountReference::Name(name.clone())).await?.is_none() {
                return Err(Error::Conflict(format!(
                    "there is a profile of {name} but no account {name}: identity.db may be from an older backup; run \
                     `twclone-admin doctor`"
                )));
            }
        }
        let mut running = tokio::task::JoinSet::new();
        let mut hashes: Vec<Option<String>> = vec![None; accounts.len()];
        let mut waiting =
            accounts.iter().enumerate().filter_map(|(place, account)| Some((place, account.password.clone()?)));
        loop {
            // Starts enough to keep every thread busy, but no more, because the queue is bounded.
            while running.len() < self.passwords.room()
                && let Some((place, password)) = waiting.next()
            {
                let passwords = self.passwords.clone();
                running.spawn(async move { (place, passwords.hash(password, &Turn::default()).await) });
            }
            let Some(ended) = running.join_next().await else { break };
            let (place, hash) = ended.map_err(|error| Error::internal(error.to_string()))?;
            hashes[place] = Some(hash?);
        }
        let mut new = Vec::with_capacity(accounts.len());
        for (account, password_hash) in accounts.into_iter().zip(hashes) {
            let id = match account.id {
                Some(id) => id,
                None => self.ids.next().await?,
            };
            let created_at = account.created_at.unwrap_or_else(|| self.clock.now());
            new.push((NewAccount { id, profile: account.profile, password_hash, created_at }, None));
        }
        self.store.add_accounts(new).await
    }

    /// Sets an account's password. Whatever was proved with the old one is no longer valid.
    ///
    /// # Errors
    /// `Invalid` if it is empty, longer than 71 bytes, or contains a NUL.
    pub async fn set_password(
        &self,
        administrator: &Administrator,
        reference: &AccountReference,
        password: Password,
    ) -> Result<Account, Error> {
        let account = self.any(reference).await?;
        if account.state == AccountState::Deleted {
            return Err(Error::Conflict(format!("{reference} is deleted, and cannot have a password")));
        }
        password.usable().map_err(|fault| Error::invalid("password", fault))?;
        let hash = self.passwords.hash(password, &Turn::default()).await?;
        let event = self.event_by(administrator, EventKind::PasswordChanged, None).await?;
        let change = AccountChange { password_hash: Some(hash), ..AccountChange::default() };
        self.store.change_account(Authority::Administrator(account.id), change, event).await?;
        Ok(account)
    }

    /// Disables or enables an account. Returns whether that changed anything.
    pub async fn set_enabled(
        &self,
        administrator: &Administrator,
        reference: &AccountReference,
        enabled: bool,
    ) -> Result<bool, Error> {
        let account = self.any(reference).await?;
        let (state, kind) = if enabled {
            (AccountState::Active, EventKind::Enabled)
        } else {
            (AccountState::Disabled, EventKind::Disabled)
        };
        match account.state {
            AccountState::Deleted => {
                Err(Error::Conflict(format!("{reference} is deleted, and cannot be enabled or disabled")))
            }
            now if now == state => Ok(false),
            _ => {
                let event = self.event_by(administrator, kind, None).await?;
                self.store.set_state(Authority::Administrator(account.id), state, event).await.map(|()| true)
            }
        }
    }

    /// Sets an account's role. Returns whether that changed anything.
    pub async fn set_role(
        &self,
        administrator: &Administrator,
        reference: &AccountReference,
        role: Role,
    ) -> Result<bool, Error> {
        let account = self.any(reference).await?;
        if account.role == role {
            return Ok(false);
        }
        let detail = Some(role.as_str().to_owned());
        let event = self.event_by(administrator, EventKind::RoleChanged, detail).await?;
        self.store.set_role(Authority::Administrator(account.id), role, event).await.map(|()| true)
    }

    /// Returns the sessions of an account, newest first.
    pub async fn sessions_of(&self, _: &Administrator, reference: &AccountReference) -> Result<Vec<Session>, Error> {
        let account = self.any(reference).await?;
        self.store.sessions(account.id, self.clock.now()).await
    }

    /// Ends a session of an account. Returns whether it existed.
    pub async fn end_session_of(
        &self,
        administrator: &Administrator,
        reference: &AccountReference,
        session: Id,
    ) -> Result<bool, Error> {
        let account = self.any(reference).await?;
        let detail = Some(format!("session {session}"));
        let event = self.event_by(administrator, EventKind::SessionEnded, detail).await?;
        self.store.end_session(Authority::Administrator(account.id), session, event).await
    }

    /// Lets `delegate` act for `account`. Returns whether the grant is new or differs from the one before.
    pub async fn add_delegate(
        &self,
        administrator: &Administrator,
        account: &AccountReference,
        delegate: &AccountReference,
        new: NewGrant,
    ) -> Result<bool, Error> {
        let (account, delegate) = (self.any(account).await?, self.any(delegate).await?);
        if let Some(shut) = [&account, &delegate].into_iter().find(|account| account.state != AccountState::Active) {
            let (name, state) = (&shut.profile.name, shut.state.as_str());
            return Err(Error::Conflict(format!("{name} is {state}, and cannot have or be a delegate")));
        }
        if account.id == delegate.id {
            return Err(Error::invalid("delegate", "is the account itself; name another account"));
        }
        let grant = Grant { scope: new.scope, created_at: self.clock.now(), expires_at: new.expires_at };
        let detail = Some(told(&delegate.profile.name, &grant));
        let event = self.event_by(administrator, EventKind::DelegateAdded, detail).await?;
        let granted = self.store.put_delegate(Authority::Administrator(account.id), delegate.id, grant, event).await?;
        Ok(granted != Granted::Unchanged)
    }

    /// Revokes the right of `delegate` to act for `account`. Returns whether there was one.
    pub async fn remove_delegate(
        &self,
        administrator: &Administrator,
        account: &AccountReference,
        delegate: &AccountReference,
    ) -> Result<bool, Error> {
        let (account, delegate) = (self.any(account).await?, self.any(delegate).await?);
        let detail = Some(delegate.profile.name.to_string());
        let event = self.event_by(administrator, EventKind::DelegateRemoved, detail).await?;
        self.store.remove_delegate(Authority::Administrator(account.id), delegate.id, event).await
    }

    pub(super) async fn event_by(
        &self,
        administrator: &Administrator,
        kind: EventKind,
        detail: Option<String>,
    ) -> Result<Event, Error> {
        Ok(Event::new(self.ids.next().await?, kind, Actor::Administrator, detail, &administrator.0))
    }

    pub(super) async fn any(&self, reference: &AccountReference) -> Result<Account, Error> {
        let stored = self.store.account(reference).await?;
        stored.map(|stored| stored.account).ok_or_else(|| Error::NotFound(format!("there is no user {reference}")))
    }
}
