use super::{Account, Accounts, Password, Profile};
use crate::Error;
use crate::idempotency::{Done, LIFETIME, Once};
use crate::store::identity::{NewAccount, Registration};

/// What somebody says who signs up.
#[derive(Debug, Clone)]
pub struct Register {
    /// The name and the rest.
    pub profile: Profile,
    /// The password, accepted as people choose it.
    pub password: Password,
}

/// Whose idempotency keys are those of people who have no account yet.
const NOBODY: &str = "";

impl Accounts {
    /// Makes an account. The fingerprint of `once` must not cover the password: the same request with another
    /// password is told apart by the hash that is kept.
    ///
    /// # Errors
    /// `Invalid` for a reserved name, `Conflict` for one that is taken, `KeyReused`.
    pub async fn register(&self, register: Register, once: Option<Once>) -> Result<Done<Account>, Error> {
        let name = &register.profile.name;
        if name.is_reserved() {
            return Err(Error::invalid("username", format!("{name} is a word of the service itself; take another")));
        }
        if let Some(done) = self.registered_before(&register, once.as_ref()).await? {
            return Ok(done);
        }
        let hash = self.passwords.hash(register.password.clone()).await?;
        let now = self.clock.now();
        let new = NewAccount {
            id: self.ids.next().await?,
            profile: register.profile.clone(),
            password_hash: Some(hash),
            created_at: now,
        };
        let registration = once
            .as_ref()
            .map(|once| Registration { kept: once.kept_for(NOBODY), expires_at: now.plus_millis(LIFETIME) });
        let account = Account {
            id: new.id,
            profile: new.profile.clone(),
            state: super::AccountState::Active,
            credential_version: 1,
            created_at: now,
        };
        if self.store.add_accounts(vec![(new, registration)]).await? == [true] {
            return Ok(Done { value: account, replayed: false });
        }
        // Another request with the same key may have come first meanwhile.
        self.registered_before(&register, once.as_ref())
            .await?
            .ok_or_else(|| Error::Conflict(format!("the name {} is taken; take another", register.profile.name)))
    }

    async fn registered_before(
        &self,
        register: &Register,
        once: Option<&Once>,
    ) -> Result<Option<Done<Account>>, Error> {
        let Some(once) = once else { return Ok(None) };
        let kept = once.kept_for(NOBODY);
        let Some((request, stored)) = self.store.registration(kept.name, self.clock.now()).await? else {
            return Ok(None);
        };
        let same = request == kept.request.as_bytes()
            && self.passwords.verify(register.password.clone(), stored.password_hash.as_deref()).await?;
        if same { Ok(Some(Done { value: stored.account, replayed: true })) } else { Err(Error::KeyReused) }
    }
}
