use super::Graph;
use crate::accounts::{Caller, EventKind};
use crate::model::restriction::Restriction;
use crate::repositories::graph::Changed;
use crate::{AccountReference, Error};

impl Graph {
    /// Blocks or mutes an account. A block also ends the follows between the two. Returns whether it is new.
    ///
    /// # Errors
    /// `Forbidden` if the caller may not act for the account; `NotFound` if there is no such account; `Conflict` if
    /// both accounts are the same.
    pub async fn restrict(
        &self,
        caller: &Caller,
        restriction: Restriction,
        account: &AccountReference,
        other: &AccountReference,
    ) -> Result<bool, Error> {
        let kind = match restriction {
            Restriction::Block => EventKind::Blocked,
            Restriction::Mute => EventKind::Muted,
        };
        let pair = self.pair(caller, Some(account), other, kind).await?;
        let is_new = match self.store.restrict(restriction, pair.change()).await? {
            Changed::Done => true,
            Changed::Same => false,
            Changed::Gone => return Err(pair.acting.ended()),
        };
        if restriction == Restriction::Block {
            // A job does the same in case this process ends here.
            self.store.sever(pair.acting.name(), &pair.other, self.ids.next().await?).await?;
            self.store.sever(&pair.other, pair.acting.name(), self.ids.next().await?).await?;
        }
        Ok(is_new)
    }

    /// Unblocks or unmutes an account. Former follows are not restored. Returns whether it was blocked or muted.
    ///
    /// # Errors
    /// As for [`Graph::restrict`].
    pub async fn lift(
        &self,
        caller: &Caller,
        restriction: Restriction,
        account: &AccountReference,
        other: &AccountReference,
    ) -> Result<bool, Error> {
        let kind = match restriction {
            Restriction::Block => EventKind::Unblocked,
            Restriction::Mute => EventKind::Unmuted,
        };
        let pair = self.pair(caller, Some(account), other, kind).await?;
        self.store.lift(restriction, pair.change()).await
    }
}
