use super::{AccountState, Accounts, Administrator, Authority, Caller, EventKind, Password};
use crate::{AccountReference, Error};

impl Accounts {
    /// Deletes the caller's own account. Its sessions end, its name stays taken, and a job removes what it wrote.
    ///
    /// # Errors
    /// `Forbidden` if the caller's credentials do not suffice, or if neither they nor `current` prove the account's
    /// password.
    pub async fn delete(&self, caller: &Caller, current: Option<Password>) -> Result<(), Error> {
        let owner = self.own(caller, None).await?;
        self.with_own_password(caller, current).await?;
        let event = owner.event(self.ids.next().await?, EventKind::Deleted, None);
        let now = self.clock.now();
        self.store.begin_deletion(owner.authority(now), now, event).await
    }

    /// Deletes an account. Returns false if it was already deleted.
    pub async fn delete_account(
        &self,
        administrator: &Administrator,
        reference: &AccountReference,
    ) -> Result<bool, Error> {
        let account = self.any(reference).await?;
        if account.state == AccountState::Deleted {
            return Ok(false);
        }
        let event = self.event_by(administrator, EventKind::Deleted, None).await?;
        self.store.begin_deletion(Authority::Administrator(account.id), self.clock.now(), event).await.map(|()| true)
    }
}
