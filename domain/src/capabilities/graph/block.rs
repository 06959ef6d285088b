use super::{Graph, Pair};
use crate::accounts::{Acting, Caller, EventKind};
use crate::repositories::graph::Changed;
use crate::{AccountReference, Error};

impl Graph {
    /// Blocks an account. Neither follows the other any more. The blocked account can neither write to the blocker,
    /// nor follow it, nor see its posts: it gets the same responses as for an account that does not exist. Returns
    /// whether it was not blocked before.
    ///
    /// # Errors
    /// `Forbidden` if the caller may not act for the account; `NotFound` if there is no such account; `Conflict` if
    /// both accounts are the same.
    pub async fn block(
        &self,
        caller: &Caller,
        account: &AccountReference,
        other: &AccountReference,
    ) -> Result<bool, Error> {
        let pair = self.pair(caller, Some(account), other).await?;
        let event = pair.event(EventKind::Blocked);
        let Pair { acting, other, id } = pair;
        let is_new = is_new(&acting, self.store.block(acting.name(), &other, id, event.as_ref()).await?)?;
        // A job does the same in case this process ends here.
        self.store.sever(acting.name(), &other, self.ids.next().await?).await?;
        self.store.sever(&other, acting.name(), self.ids.next().await?).await?;
        Ok(is_new)
    }

    /// Unblocks an account. Former follows are not restored. Returns whether it was blocked.
    ///
    /// # Errors
    /// As for [`Graph::block`].
    pub async fn unblock(
        &self,
        caller: &Caller,
        account: &AccountReference,
        other: &AccountReference,
    ) -> Result<bool, Error> {
        let pair = self.pair(caller, Some(account), other).await?;
        let event = pair.event(EventKind::Unblocked);
        self.store.unblock(pair.acting.name(), &pair.other, event.as_ref()).await
    }

    /// Mutes an account: the home and public timelines of the muting account no longer show its posts. Returns
    /// whether it was not muted before.
    ///
    /// # Errors
    /// As for [`Graph::block`].
    pub async fn mute(
        &self,
        caller: &Caller,
        account: &AccountReference,
        other: &AccountReference,
    ) -> Result<bool, Error> {
        let pair = self.pair(caller, Some(account), other).await?;
        let event = pair.event(EventKind::Muted);
        let muted = self.store.mute(pair.acting.name(), &pair.other, pair.id, event.as_ref()).await?;
        is_new(&pair.acting, muted)
    }

    /// Unmutes an account. Returns whether it was muted.
    ///
    /// # Errors
    /// As for [`Graph::block`].
    pub async fn unmute(
        &self,
        caller: &Caller,
        account: &AccountReference,
        other: &AccountReference,
    ) -> Result<bool, Error> {
        let pair = self.pair(caller, Some(account), other).await?;
        let event = pair.event(EventKind::Unmuted);
        self.store.unmute(pair.acting.name(), &pair.other, pair.id, event.as_ref()).await
    }
}

fn is_new(acting: &Acting, changed: Changed) -> Result<bool, Error> {
    match changed {
        Changed::Done => Ok(true),
        Changed::Same => Ok(false),
        Changed::Gone => Err(acting.ended()),
    }
}
