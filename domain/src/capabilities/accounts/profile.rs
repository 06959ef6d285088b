use super::{Account, Accounts, Caller, Counts, EventKind, Part, Password, throttle};
use crate::repositories::identity::AccountChange;
use crate::{AccountReference, Biography, EmailAddress, Error, FullName};

/// The changes to an account that its owner requests.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// The e-mail address.
    pub email: Option<EmailAddress>,
    /// The display name.
    pub full_name: Part<FullName>,
    /// The biography.
    pub biography: Part<Biography>,
    /// The new password, accepted as people choose it.
    pub password: Option<Password>,
    /// The current password. Changing the e-mail address or password requires it, unless the caller authenticated
    /// with it.
    pub current_password: Option<Password>,
}

impl Accounts {
    /// Returns the active account with this name or id. Everyone may see it, except for its e-mail address. Costs a
    /// read of each store, and another read if the reader is somebody else.
    ///
    /// # Errors
    /// `NotFound`, also if it is disabled or deleted, or has blocked the reader.
    pub async fn profile(
        &self,
        reader: Option<&Caller>,
        account: &AccountReference,
    ) -> Result<(Account, Counts), Error> {
        let found = self.active(account).await?;
        self.visibility.look(reader.map(Caller::name), &found.profile.name, account).await?;
        let counts = self.profiles.counts(&found.profile.name).await?;
        Ok((found, counts))
    }

    /// Changes the given parts of the caller's own account. A new password ends all sessions, including the caller's,
    /// and revokes all app passwords.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner, and for a new e-mail address or password without the current password;
    /// `NotFound`; `Invalid` if nothing is given.
    pub async fn update(
        &self,
        caller: &Caller,
        account: Option<&AccountReference>,
        update: Update,
    ) -> Result<(Account, Counts), Error> {
        let owner = self.own(caller, account).await?;
        let changed = [
            ("email", update.email.is_some()),
            ("name", update.full_name != Part::Same),
            ("bio", update.biography != Part::Same),
            ("password", update.password.is_some()),
        ];
        let changed: Vec<_> = changed.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect();
        if changed.is_empty() {
            return Err(Error::invalid("body", "has nothing to change; name one of email, name, bio or password"));
        }
        if update.email.is_some() || update.password.is_some() {
            self.with_own_password(caller, update.current_password).await?;
        }
        let kind = if update.password.is_some() { EventKind::PasswordChanged } else { EventKind::ProfileChanged };
        let password_hash = match update.password {
            Some(password) => {
                let turn = throttle::turn(owner.account.profile.name.as_str(), caller.origin.address);
                Some(self.passwords.hash(password, &turn).await?)
            }
            None => None,
        };
        let event = owner.event(self.ids.next().await?, kind, Some(changed.join(", ")));
        let change = AccountChange {
            email: update.email,
            full_name: update.full_name,
            biography: update.biography,
            password_hash,
        };
        self.store.change_account(owner.authority(self.clock.now()), change, event).await?;
        self.profile(None, &AccountReference::Id(owner.account.id)).await
    }
}
