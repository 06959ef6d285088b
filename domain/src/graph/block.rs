use super::{Graph, Pair};
use crate::accounts::{Acting, Caller, EventKind};
use crate::repositories::graph::Changed;
use crate::{AccountReference, Error};

impl Graph {
    /// Blocks somebody: neither follows the other any more, and he can neither write to the account, nor follow it, nor
    /// see what it posts; it is to him as if it were not there. Answers whether he was not blocked before.
    ///
    /// # Errors
    /// `Forbidden` where the caller may not act for the account; `NotFound` where there is no such account; `Conflict`
    /// for oneself.
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
        // A job does so too, should this process end here.
        self.store.sever(acting.name(), &other, self.ids.next().await?).await?;
        self.store.sever(&other, acting.name(), self.ids.next().await?).await?;
        Ok(is_new)
    }

    /// Ends it. Who followed whom stays ended. Answers whether there was anything to end.
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

    /// Mutes somebody: the account's home and public timelines do not show what he posts. Answers whether he was not
    /// muted before.
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

    /// Ends it. Answers whether there was anything to end.
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
