use super::Messages;
use crate::accounts::{Caller, EventKind, Right};
use crate::{AccountReference, Error, Id, Timestamp};

/// That an inbox was read.
#[derive(Debug, Clone)]
pub struct MarkRead {
    /// Whose inbox.
    pub account: AccountReference,
    /// The newest message that was read; all before it were too.
    pub up_to: Id,
}

/// What a mark did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// How many messages were unread and are no more.
    pub marked: usize,
    /// Whether some up to the same message are still unread, because there are too many for one request.
    pub more: bool,
    /// The moment that they now carry.
    pub read_at: Timestamp,
}

/// How many bites of 16 messages one request takes at most.
const BITES: usize = 64;

impl Messages {
    /// Marks what somebody received up to a message as read. Costs a transaction for every message that was
    /// unread, and a query for every 16 of them, oldest first; and one more for a delegate's act.
    ///
    /// # Errors
    /// `Forbidden` for somebody else's messages, `NotFound` for an account that is not there.
    pub async fn mark_read(&self, caller: &Caller, mark: MarkRead) -> Result<Marked, Error> {
        let owner = self.accounts.act_for(caller, Some(&mark.account), Right::WriteMessages).await?;
        let read_at = self.clock.now();
        if owner.delegate().is_some() {
            // First: an act must not go unrecorded where only a part of it is done.
            let act = owner.event(self.ids.next().await?, EventKind::MessagesRead, format!("up to {}", mark.up_to));
            self.accounts.record(owner.name(), act.as_ref()).await?;
        }
        let mut marked = 0;
        for _ in 0..BITES {
            let batch = self.store.mark_read(&owner, mark.up_to, read_at).await?;
            marked += batch.marked;
            if !batch.more {
                return Ok(Marked { marked, more: false, read_at });
            }
        }
        Ok(Marked { marked, more: true, read_at })
    }
}
