use std::sync::Arc;

use super::acting::Proof;
use super::gate::Turn;
use super::tokens;
use super::{AccountState, Accounts, Actor, Caller, Event, EventKind, Origin, Password, app_passwords, throttle};
use crate::model::authority::Means;
use crate::repositories::identity::StoredAccount;
use crate::{AccountReference, Error};

/// The result of verifying a password.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verdict {
    /// It is the account's password.
    Right,
    /// It is wrong; with the seconds until the next attempt, if there were too many failures.
    Wrong(Option<u32>),
}

impl Accounts {
    /// Authenticates a caller by name and password, which may be an app password. Costs a bcrypt once in five
    /// minutes; none with an app password.
    ///
    /// # Errors
    /// `WrongCredentials` for an unknown name, a wrong password, or an account that cannot be used; `TooMany` if
    /// there were too many failures; `Overloaded` if too many logins wait. Responses and timing do not reveal which
    /// of these failed.
    pub async fn authenticate(&self, name: &str, password: Password, origin: &Origin) -> Result<Caller, Error> {
        if let Some(digest) = app_passwords::digest(&password)
            && let Some(caller) = self.by_app_password(name, digest, origin).await?
        {
            return Ok(caller);
        }
        let stored = match name.parse() {
            Ok(name) => self.store.account(&AccountReference::Name(name)).await?,
            Err(_) => None,
        };
        let stored = stored.filter(|stored| stored.account.state == AccountState::Active);
        let credentials = self.verified.name(stored.as_ref(), name, &password);
        if !self.verified.holds(&credentials, self.clock.elapsed()) {
            let look = self.look_at(stored.as_ref(), name, &password, origin);
            if let Verdict::Wrong(exceeded) = *self.flights.join(credentials).get_or_try_init(|| look).await? {
                self.tell_of_failure(stored.as_ref(), origin);
                return Err(exceeded.map_or(Error::WrongCredentials, throttle::too_many_failures));
            }
        }
        // Without an account, no password verifies.
        let account = stored.ok_or(Error::WrongCredentials)?.account;
        Ok(Caller { account, proof: Proof::Password, origin: origin.clone() })
    }

    /// Authenticates a caller by access token. Costs one read.
    ///
    /// # Errors
    /// `BadToken` if it is not one of ours, has expired, or is no longer valid because its session has ended or the
    /// account's password or state has changed; also for an edge token.
    pub async fn authenticate_token(&self, token: &str, origin: &Origin) -> Result<Caller, Error> {
        let now = self.clock.now();
        let claims = self.tokens.verify(token, &tokens::ACCESS, now).await?;
        let Means::Session(id) = claims.means else { return Err(Error::BadToken) };
        let found = self.store.session(id).await?.filter(|found| found.holds(now)).ok_or(Error::BadToken)?;
        let account = claims.holder(found.account.account.clone())?;
        let proof = Proof::Session(found.session.id, found.app_password.clone());
        Ok(Caller { account, proof, origin: origin.clone() })
    }

    /// Requires that a caller knows the account's own password: they authenticated with it, or send it now.
    ///
    /// # Errors
    /// `Forbidden` if it is missing or wrong; `TooMany` if it was wrong too often; `Overloaded`.
    pub(super) async fn with_own_password(&self, caller: &Caller, current: Option<Password>) -> Result<(), Error> {
        if matches!(caller.proof, Proof::Password) {
            return Ok(());
        }
        let current = current.ok_or_else(|| {
            Error::Forbidden(
                "this needs the account's own password: send it with Basic authentication, or as current_password \
                 together with the token"
                    .to_owned(),
            )
        })?;
        let proved = match self.authenticate(caller.name().as_str(), current, &caller.origin).await {
            Ok(proved) => matches!(proved.proof, Proof::Password) && proved.account.id == caller.account.id,
            Err(Error::WrongCredentials) => false,
            Err(error) => return Err(error),
        };
        if proved { Ok(()) } else { Err(Error::Forbidden("current_password is not the account's password".to_owned())) }
    }

    /// Verifies the password of an account. Takes the same steps if there is no account.
    async fn look_at(
        &self,
        stored: Option<&StoredAccount>,
        name: &str,
        password: &Password,
        origin: &Origin,
    ) -> Result<Verdict, Error> {
        let now = self.clock.elapsed();
        let attempt = self.throttles.attempt(name, origin.address, now);
        let (turn, exceeded) = (attempt.turn().clone(), attempt.exceeded());
        let hash = stored.and_then(|stored| stored.password_hash.as_deref());
        let same = match (self.passwords.verify(password.clone(), hash, &turn).await, exceeded) {
            (Ok(same), _) => same,
            (Err(Error::Overloaded), Some(seconds)) => return Err(throttle::too_many_failures(seconds)),
            (Err(error), _) => {
                attempt.refund();
                return Err(error);
            }
        };
        let Some(stored) = stored.filter(|_| same) else { return Ok(Verdict::Wrong(exceeded)) };
        attempt.succeeded();
        let stored = self.with_current_hash(stored, password, &turn).await?;
        self.verified.keep(self.verified.name(Some(&stored), name, password), now)?;
        tracing::info!(audit = "password-proved", account = name, request_id = origin.request_id);
        Ok(Verdict::Right)
    }

    /// Rehashes a password that was just verified if its hash has another cost than the configured one. Otherwise a
    /// wrong password would take a different time for this account than for others.
    async fn with_current_hash(
        &self,
        stored: &StoredAccount,
        password: &Password,
        turn: &Turn,
    ) -> Result<StoredAccount, Error> {
        let mut stored = stored.clone();
        // The normalized form of a password set before normalization can exceed what bcrypt reads: its hash stays.
        if let Some(old) = stored.password_hash.clone().filter(|hash| !self.passwords.is_current(hash))
            && password.usable().is_ok()
        {
            let new = self.passwords.hash(password.clone(), turn).await?;
            if self.store.renew_hash(stored.account.id, old, new.clone()).await? {
                stored.password_hash = Some(new);
            }
        }
        Ok(stored)
    }

    /// Logs a failed login, and adds it to the audit of the account. A name without an account is not recorded: it
    /// may be a password typed into the wrong field. The audit is written in a separate task, so that the response
    /// takes the same time with and without an account.
    fn tell_of_failure(&self, stored: Option<&StoredAccount>, origin: &Origin) {
        let Some(account) = stored.map(|stored| stored.account.id) else {
            let address = origin.address.map(|address| address.to_string());
            tracing::info!(audit = "login-failed", address, request_id = origin.request_id);
            return;
        };
        let (store, ids, origin) = (Arc::clone(&self.store), Arc::clone(&self.ids), origin.clone());
        tokio::spawn(async move {
            let written = async {
                let id = ids.next().await?;
                store.put_event(account, Event::new(id, EventKind::LoginFailed, Actor::Unknown, None, &origin)).await
            };
            if let Err(error) = written.await {
                tracing::warn!(account = account.number(), %error, "cannot write a failed login to the audit log");
            }
        });
    }

    async fn by_app_password(&self, name: &str, digest: Vec<u8>, origin: &Origin) -> Result<Option<Caller>, Error> {
        let now = self.clock.now();
        let Some((stored, app_password)) = self.store.app_password(digest).await? else { return Ok(None) };
        let account = stored.account;
        let holds = app_password.holds(now) && account.state == AccountState::Active;
        let caller = Caller { account, proof: Proof::AppPassword(app_password), origin: origin.clone() };
        Ok(Some(caller).filter(|caller| holds && name.parse().is_ok_and(|name| *caller.name() == name)))
    }
}
