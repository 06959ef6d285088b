use std::str::FromStr;

use ring::hmac;
use serde::{Deserialize, Serialize};

use super::{Account, AccountState, Accounts, Origin, Password, Profile, Role, throttle};
use crate::model::idempotency::{Fingerprint, IdempotentRequest, LIFETIME, Outcome};
use crate::repositories::identity::{NewAccount, Remembered};
use crate::{AccountReference, Error, Username, registry};

/// A request to sign up.
#[derive(Debug, Clone)]
pub struct Register {
    /// The name and the rest of the profile.
    pub profile: Profile,
    /// The password, accepted as people choose it.
    pub password: Password,
}

/// Who may create accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUps {
    /// Everyone.
    Open,
    /// Only administrators.
    Closed,
}

impl FromStr for SignUps {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            _ => Err("must be open or closed".to_owned()),
        }
    }
}

/// The owner of idempotency keys from clients without an account.
const ANONYMOUS: &str = "";

impl Accounts {
    /// Creates an account. The fingerprint of `once` must not cover the password: only a keyed digest of the password
    /// is stored, which does not help to guess it.
    ///
    /// # Errors
    /// `Forbidden` if sign-ups are closed; `Invalid` for a reserved name; `Conflict` for a name that is taken, even
    /// if only a profile has it: with an older `identity.db`, a stranger would get what its first owner wrote and
    /// received; `KeyReused`; `TooMany` from one address.
    pub async fn register(
        &self,
        register: Register,
        once: Option<IdempotentRequest>,
        origin: &Origin,
    ) -> Result<Outcome<Account>, Error> {
        if self.sign_ups == SignUps::Closed {
            return Err(Error::Forbidden(
                "sign-ups are closed; ask the operator for an account, who can run `twclone-admin users add NAME`"
                    .to_owned(),
            ));
        }
        let name = &register.profile.name;
        if name.is_reserved() {
            return Err(Error::invalid("username", format!("{name} is reserved; choose another name")));
        }
        let once = self.with_password(&register, once).await?;
        if let Some(done) = self.registered_before(&register, once.as_ref(), origin).await? {
            return Ok(done);
        }
        // Checked here to save a bcrypt; the write detects an account that is created in the meantime.
        if self.store.account(&AccountReference::Name(name.clone())).await?.is_some() {
            return Err(taken(name));
        }
        if !self.profiles.written(std::slice::from_ref(name)).await?.is_empty() {
            tracing::warn!(%name, "refused a sign-up: this name has a profile and no account; see `twclone-admin doctor`");
            return Err(taken(name));
        }
        let now = self.clock.now();
        self.throttles.sign_up(origin.address, self.clock.elapsed())?;
        let hash =
            self.passwords.hash(register.password.clone(), &throttle::turn(name.as_str(), origin.address)).await?;
        let new = NewAccount {
            id: self.ids.next().await?,
            profile: register.profile.clone(),
            password_hash: Some(hash),
            created_at: now,
        };
        let registration = once
            .as_ref()
            .map(|once| Remembered { kept: once.kept_for(ANONYMOUS), expires_at: now.plus_millis(LIFETIME) });
        let account = Account {
            id: new.id,
            profile: new.profile.clone(),
            state: AccountState::Active,
            role: Role::User,
            credential_version: 1,
            profile_version: 1,
            created_at: now,
        };
        if self.store.add_accounts(vec![(new, registration)]).await? == [true] {
            return Ok(Outcome { value: account, replayed: false });
        }
        // Another request with the same key may have come first.
        self.registered_before(&register, once.as_ref(), origin).await?.ok_or_else(|| taken(&register.profile.name))
    }

    /// Adds the password to the request's fingerprint, under a key that is stored outside the database.
    async fn with_password(
        &self,
        register: &Register,
        once: Option<IdempotentRequest>,
    ) -> Result<Option<IdempotentRequest>, Error> {
        let Some(once) = once else { return Ok(None) };
        let secret = registry::secret(&self.configuration, &self.randomness).await?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let said = Fingerprint::of([b"sign-up", once.request.as_bytes(), register.password.as_hashed()]);
        let digest = hmac::sign(&key, said.as_bytes());
        Ok(Some(IdempotentRequest { request: Fingerprint::of([digest.as_ref()]), ..once }))
    }

    async fn registered_before(
        &self,
        register: &Register,
        once: Option<&IdempotentRequest>,
        origin: &Origin,
    ) -> Result<Option<Outcome<Account>>, Error> {
        let Some(once) = once else { return Ok(None) };
        let kept = once.kept_for(ANONYMOUS);
        let Some((request, stored)) = self.store.registration(kept.name, self.clock.now()).await? else {
            return Ok(None);
        };
        // The response tells whether the password is right, so this counts as a login attempt.
        let attempt = self.throttles.attempt(register.profile.name.as_str(), origin.address, self.clock.elapsed());
        if let Some(seconds) = attempt.exceeded() {
            return Err(throttle::too_many_failures(seconds));
        }
        if request != kept.request.as_bytes() {
            return Err(Error::KeyReused);
        }
        attempt.refund();
        Ok(Some(Outcome { value: stored.account, replayed: true }))
    }
}

fn taken(name: &Username) -> Error {
    Error::Conflict(format!("the name {name} is taken; choose another"))
}
