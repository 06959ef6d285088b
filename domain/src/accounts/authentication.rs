use super::acting::Proof;
use super::{AccountState, Accounts, Caller, Origin, Password, app_passwords};
use crate::store::identity::StoredAccount;
use crate::{AccountReference, Error};

impl Accounts {
    /// Finds out who has this name and password, which may be an app password. Costs a bcrypt once in five minutes;
    /// with an app password none.
    ///
    /// # Errors
    /// `WrongCredentials`, the same and after the same time for an unknown name, a wrong password, an account
    /// that cannot be used; `TooMany` where that happened too often, again the same for all of them; `Overloaded`
    /// where too many wait.
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
        let now = self.clock.now();
        if let Some(stored) = stored.as_ref().filter(|stored| self.verified.holds(stored, &password, now)) {
            return Ok(Caller { account: stored.account.clone(), proof: Proof::Password, origin: origin.clone() });
        }
        let attempt = self.throttles.attempt(name, origin.address, now).await?;
        let hash = stored.as_ref().and_then(|stored| stored.password_hash.as_deref());
        let same = self.passwords.verify(password.clone(), hash).await?;
        let Some(mut stored) = stored.filter(|_| same) else {
            let address = origin.address.map(|address| address.to_string());
            // Without the name: who types it wrong may have typed his password.
            tracing::info!(audit = "login-failed", address, request_id = origin.request_id);
            return Err(attempt.failed());
        };
        attempt.succeeded();
        self.renew_hash(&mut stored, &password).await?;
        self.verified.keep(&stored, &password, now)?;
        tracing::info!(audit = "password-proved", account = name, request_id = origin.request_id);
        Ok(Caller { account: stored.account, proof: Proof::Password, origin: origin.clone() })
    }

    /// Hashes a password that was just proved at the cost that holds now, where it was hashed at another: a refusal
    /// must not take another time for this account than for any.
    async fn renew_hash(&self, stored: &mut StoredAccount, password: &Password) -> Result<(), Error> {
        let Some(old) = stored.password_hash.clone().filter(|hash| !self.passwords.is_current(hash)) else {
            return Ok(());
        };
        // What an administrator set may be one that people may not choose: it is hashed as it is.
        let new = self.passwords.hash(password.clone()).await?;
        if self.store.renew_hash(stored.account.id, old, new.clone()).await? {
            stored.password_hash = Some(new);
        }
        Ok(())
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
