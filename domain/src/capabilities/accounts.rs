//! Accounts: who exists, who may act for whom, and how callers authenticate.

mod acting;
mod administration;
mod app_passwords;
mod audit;
mod authentication;
mod delegation;
mod deletion;
mod ed25519;
mod edge;
mod flights;
mod gate;
mod keys;
mod password;
mod profile;
mod registration;
mod sessions;
mod signing;
mod throttle;
mod tokens;
mod verified;

use std::sync::Arc;

pub use crate::model::account::{Account, AccountState, Counts, Part, Profile, Role};
pub use crate::model::app_password::{AppPassword, AppPasswordName};
pub use crate::model::author_summary::AuthorSummary;
pub(crate) use crate::model::authority::{Authority, Claim, Means};
pub use crate::model::delegate::{Delegate, Grant};
pub use crate::model::event::{Actor, Event, EventKind};
pub use crate::model::origin::Origin;
pub use crate::model::public_key::PublicKey;
pub(crate) use crate::model::scope::Right;
pub use crate::model::scope::Scope;
pub use crate::model::session::Session;
pub use acting::{Acting, Caller};
pub use administration::{Administrator, SeedAccount};
pub use app_passwords::NewAppPassword;
pub use delegation::NewGrant;
pub use edge::EdgeToken;
pub use flights::Flights;
pub use password::{Password, PasswordWork};
pub use profile::Update;
pub use registration::{Register, SignUps};
pub use sessions::Tokens;
pub(crate) use signing::{SigningKeys, lost as lost_signing_key};
pub use throttle::{Allowance, Limits, Rate};

use crate::model::page::{Filling, ListName};
use crate::repositories::Stores;
use crate::repositories::delegate_audit::DelegateAuditStore;
use crate::repositories::graph::GraphStore;
use crate::repositories::identity::IdentityStore;
use crate::repositories::profiles::ProfileStore;
use crate::visibility::PeopleVisibility;
use crate::{AccountReference, Clock, Configuration, Error, IdGenerator, Page, PageRequest, Randomness, Username};

/// All operations on accounts.
#[derive(Debug)]
pub struct Accounts {
    pub(crate) store: Arc<IdentityStore>,
    passwords: password::Passwords,
    verified: verified::VerifiedCredentials,
    tokens: tokens::SignedTokens,
    throttles: throttle::Throttles,
    /// Logins in progress. Those with the same name and password cost one bcrypt and one place in a queue: a program
    /// that opens many connections at once does not slow itself down.
    flights: Flights<authentication::Verdict>,
    sign_ups: SignUps,
    delegate_audit: DelegateAuditStore,
    profiles: ProfileStore,
    graph: GraphStore,
    pub(crate) visibility: PeopleVisibility,
    ids: Arc<IdGenerator>,
    clock: Clock,
    randomness: Randomness,
    configuration: Configuration,
}

impl Accounts {
    pub(crate) fn new(
        store: Arc<IdentityStore>,
        stores: &Stores,
        keys: SigningKeys,
        configuration: &Configuration,
        ids: Arc<IdGenerator>,
        clock: Clock,
        randomness: Randomness,
    ) -> Result<Self, Error> {
        Ok(Self {
            passwords: password::Passwords::start(configuration.bcrypt_cost, &randomness)?,
            verified: verified::VerifiedCredentials::new(randomness.clone())?,
            tokens: tokens::SignedTokens::new(keys, randomness.clone()),
            throttles: throttle::Throttles::new(&configuration.limits, &randomness)?,
            flights: Flights::default(),
            sign_ups: configuration.sign_ups,
            delegate_audit: stores.delegate_audit.clone(),
            profiles: stores.profiles.clone(),
            graph: stores.graph.clone(),
            visibility: PeopleVisibility::new(stores.graph.clone(), Arc::clone(&store)),
            store,
            ids,
            clock,
            randomness,
            configuration: configuration.clone(),
        })
    }

    /// Returns the active accounts that the reader may see, newest first. Costs a read of SQLite; with a reader, also
    /// a batch get of the items.
    ///
    /// # Errors
    /// `BadCursor`.
    pub async fn list(&self, reader: Option<&Caller>, request: &PageRequest) -> Result<Page<Account>, Error> {
        let reader = reader.map(Caller::name);
        let caller = reader.map(Username::key).unwrap_or_default();
        let parts = ["accounts", &caller];
        let list = ListName(&parts);
        let mut page = Filling::new(list.position(request)?, request.limit);
        while let Some((after, count)) = page.wants() {
            let accounts = self.store.accounts(false, after, count).await?;
            let is_last = accounts.len() < count;
            let names = accounts.iter().map(|account| account.profile.name.clone()).collect();
            let hidden = self.visibility.hidden(names, reader).await?;
            let shown = accounts
                .into_iter()
                .map(|account| (account.id, Some(account).filter(|account| !hidden.contains(&account.profile.name))));
            page.take(shown, is_last);
        }
        Ok(page.end(&list))
    }

    /// Returns the active account with this name or id.
    ///
    /// # Errors
    /// `NotFound`, also if it is disabled or deleted.
    pub(crate) async fn active(&self, reference: &AccountReference) -> Result<Account, Error> {
        self.store
            .account(reference)
            .await?
            .map(|stored| stored.account)
            .filter(|account| account.state == AccountState::Active)
            .ok_or_else(|| unknown(reference))
    }

    /// Returns the name of an account in any state: what others exchanged with it stays.
    ///
    /// # Errors
    /// `NotFound` if no such account ever existed.
    pub(crate) async fn name_of(&self, reference: &AccountReference) -> Result<Username, Error> {
        let stored = self.store.account(reference).await?;
        let name = stored.map(|stored| stored.account.profile.name);
        name.ok_or_else(|| unknown(reference))
    }

    /// Counts a request against the account's rate. Returns what is left of the rate, if there is one.
    #[must_use]
    pub fn count_request(&self, caller: &Caller) -> Option<Allowance> {
        self.throttles.request(&caller.account, self.clock.elapsed())
    }

    /// Returns how many passwords were processed and how many wait.
    #[must_use]
    pub fn password_work(&self) -> PasswordWork {
        self.passwords.work()
    }
}

pub(crate) fn unknown(reference: &AccountReference) -> Error {
    Error::NotFound(format!("there is no user {reference}"))
}
