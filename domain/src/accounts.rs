//! Accounts: who there is, who may speak for whom, and how somebody proves who he is.

mod acting;
mod administration;
mod app_passwords;
mod audit;
mod authentication;
mod delegation;
mod deletion;
mod event;
mod flights;
mod keys;
mod origin;
mod password;
mod profile;
mod registration;
mod scope;
mod sessions;
mod signing;
mod throttle;
mod tokens;
mod verified;

use std::str::FromStr;
use std::sync::Arc;

use serde::Serialize;

pub use acting::{Acting, Caller, Delegate, Grant};
pub use administration::{Administrator, SeedAccount};
pub use app_passwords::{AppPassword, AppPasswordName, NewAppPassword};
pub use delegation::NewGrant;
pub use event::{Actor, Event, EventKind};
pub use origin::Origin;
pub use password::{Password, PasswordWork};
pub use profile::{Counts, Part, Update};
pub use registration::Register;
pub(crate) use scope::Right;
pub use scope::Scope;
pub use sessions::{Session, Tokens};
pub use signing::PublicKey;
pub(crate) use signing::SigningKeys;
pub use throttle::{Allowance, Limits, Rate};

use crate::page::ListName;
use crate::store::Tables;
use crate::store::acts::ActStore;
use crate::store::identity::IdentityStore;
use crate::store::profiles::ProfileStore;
use crate::{
    AccountReference, Biography, Clock, Configuration, EmailAddress, Error, FullName, Id, IdGenerator, Page,
    PageRequest, Randomness, Timestamp, Username,
};

/// What somebody says of himself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The user name, as its owner writes it.
    pub name: Username,
    /// Shown to its owner alone.
    pub email: EmailAddress,
    /// The name that the owner goes by, if any.
    pub full_name: Option<FullName>,
    /// A few words, if any.
    pub biography: Option<Biography>,
}

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountState {
    /// In use.
    Active,
    /// Shut by an administrator, until it is enabled again.
    Disabled,
    /// Gone; the name stays taken.
    Deleted,
}

impl AccountState {
    /// The state's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }
}

impl FromStr for AccountState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Active, Self::Disabled, Self::Deleted]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("no state of an account: {text}"))
    }
}

/// What an account may do besides what everybody may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Nothing.
    User,
    /// What the service keeps for those who run it.
    Admin,
}

impl Role {
    /// The role's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = [Self::User, Self::Admin].into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| "must be user or admin".to_owned())
    }
}

/// An account, without what proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The id.
    pub id: Id,
    /// What its owner says of himself.
    pub profile: Profile,
    /// Whether it can be used.
    pub state: AccountState,
    /// What it may do besides what everybody may.
    pub role: Role,
    /// Grows with each change of password or state; tokens of an older version count no more.
    pub credential_version: i64,
    /// Grows with each change of what everyone may see of it.
    pub profile_version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// All that can be done with accounts.
#[derive(Debug)]
pub struct Accounts {
    pub(crate) store: Arc<IdentityStore>,
    passwords: password::Passwords,
    verified: verified::VerifiedCredentials,
    tokens: tokens::AccessTokens,
    throttles: throttle::Throttles,
    flights: flights::Flights,
    acts: ActStore,
    profiles: ProfileStore,
    ids: Arc<IdGenerator>,
    clock: Clock,
    randomness: Randomness,
}

impl Accounts {
    pub(crate) fn new(
        store: Arc<IdentityStore>,
        tables: &Tables,
        keys: SigningKeys,
        configuration: &Configuration,
        ids: Arc<IdGenerator>,
        clock: Clock,
        randomness: Randomness,
    ) -> Result<Self, Error> {
        Ok(Self {
            passwords: password::Passwords::start(configuration.bcrypt_cost, &randomness)?,
            verified: verified::VerifiedCredentials::new(randomness.clone())?,
            tokens: tokens::AccessTokens::new(keys, randomness.clone()),
            throttles: throttle::Throttles::new(&configuration.limits, &randomness)?,
            flights: flights::Flights::default(),
            acts: ActStore::new(tables.clone()),
            profiles: ProfileStore::new(tables.clone()),
            store,
            ids,
            clock,
            randomness,
        })
    }

    /// The active accounts, newest first.
    pub async fn list(&self, request: &PageRequest) -> Result<Page<Account>, Error> {
        let list = ListName(&["accounts"]);
        let after = list.position(request)?;
        let accounts = self.store.accounts(false, after, request.limit.get() + 1).await?;
        Ok(list.page(accounts, request.limit, |account| account.id))
    }

    /// The active account of this name or id.
    ///
    /// # Errors
    /// `NotFound`, also where it is disabled or deleted.
    pub(crate) async fn active(&self, reference: &AccountReference) -> Result<Account, Error> {
        self.store
            .account(reference)
            .await?
            .map(|stored| stored.account)
            .filter(|account| account.state == AccountState::Active)
            .ok_or_else(|| unknown(reference))
    }

    /// The name of an account in whatever state it is: what was exchanged with it stays.
    ///
    /// # Errors
    /// `NotFound` where there never was one.
    pub(crate) async fn name_of(&self, reference: &AccountReference) -> Result<Username, Error> {
        let stored = self.store.account(reference).await?;
        let name = stored.map(|stored| stored.account.profile.name);
        name.ok_or_else(|| unknown(reference))
    }

    /// Counts a request of an account. Answers what is left of its rate, if it has one.
    #[must_use]
    pub fn count_request(&self, caller: &Caller) -> Option<Allowance> {
        self.throttles.request(&caller.account, self.clock.now())
    }

    /// How much work with passwords was done and waits.
    #[must_use]
    pub fn password_work(&self) -> PasswordWork {
        self.passwords.work()
    }
}

fn unknown(reference: &AccountReference) -> Error {
    Error::NotFound(format!("there is no user {reference}"))
}
