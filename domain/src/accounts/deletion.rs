use super::{AccountState, Accounts, Administrator, Authority, Caller, EventKind, Password};
use crate::{AccountReference, Error};

impl Accounts {
    /// Deletes the caller's own account: its sessions end, its name stays taken, and what it wrote is removed by a job
    /// from now on.
    ///
    /// # Errors
    /// `Forbidden` where the caller's credentials do not reach so far, or the account's password is neither what they
    /// proved themselves with nor `current`.
    pub async fn delete(&self, caller: &Caller, current: Option<Password>) -> Result<(), Error> {
        let owner = self.own(caller, None).await?;
        self.with_own_password(caller, current).await?;
        let event = owner.event(self.ids.next().await?, EventKind::Deleted, None);
        let now = self.clock.now();
        self.store.begin_deletion(owner.authority(now), now, event).await
    }

    /// Deletes an account. Answers whether it was there.
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
