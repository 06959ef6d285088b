use super::{Account, AccountState, Accounts, Origin, Password, Profile, Role};
use crate::idempotency::{Done, LIFETIME, Once};
use crate::store::identity::{NewAccount, Remembered};
use crate::{AccountReference, Error, Username};

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
    /// `Invalid` for a reserved name, `Conflict` for one that is taken, `KeyReused`; `TooMany` from one address.
    pub async fn register(
        &self,
        register: Register,
        once: Option<Once>,
        origin: &Origin,
    ) -> Result<Done<Account>, Error> {
        let name = &register.profile.name;
        if name.is_reserved() {
            return Err(Error::invalid("username", format!("{name} is a word of the service itself; take another")));
        }
        if let Some(done) = self.registered_before(&register, once.as_ref()).await? {
            return Ok(done);
        }
        // Before a bcrypt is spent on it; what comes between is found by the write.
        if self.store.account(&AccountReference::Name(name.clone())).await?.is_some() {
            return Err(taken(name));
        }
        let now = self.clock.now();
        self.throttles.sign_up(origin.address, now)?;
        let hash = self.passwords.hash(register.password.clone()).await?;
        let new = NewAccount {
            id: self.ids.next().await?,
            profile: register.profile.clone(),
            password_hash: Some(hash),
            created_at: now,
        };
        let registration =
            once.as_ref().map(|once| Remembered { kept: once.kept_for(NOBODY), expires_at: now.plus_millis(LIFETIME) });
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
            return Ok(Done { value: account, replayed: false });
        }
        // Another request with the same key may have come first meanwhile.
        self.registered_before(&register, once.as_ref()).await?.ok_or_else(|| taken(&register.profile.name))
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

fn taken(name: &Username) -> Error {
    Error::Conflict(format!("the name {name} is taken; take another"))
}
