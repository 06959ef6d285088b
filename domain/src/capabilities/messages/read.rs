use super::Messages;
use crate::accounts::{Caller, EventKind, Right};
use crate::{AccountReference, Error, Id, Timestamp};

/// A request to mark an inbox as read.
#[derive(Debug, Clone)]
pub struct MarkRead {
    /// The owner of the inbox.
    pub account: AccountReference,
    /// The newest message that was read. All earlier ones are marked, too.
    pub up_to: Id,
}

/// The result of marking messages as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// The number of messages that were marked.
    pub marked: usize,
    /// Whether there may be more unread messages up to the same one, because one request marks a limited number.
    pub more: bool,
    /// The time of reading that the messages now have.
    pub read_at: Timestamp,
}

/// Maximum number of batches of 16 messages for one request.
const BITES: usize = 64;

impl Messages {
    /// Marks received messages up to an id as read, oldest first. Costs a transaction for each unread message, a
    /// query for each 16 of them, and one more transaction for a delegate's action.
    ///
    /// # Errors
    /// `Forbidden` for another account's messages, `NotFound` if the account does not exist.
    pub async fn mark_read(&self, caller: &Caller, mark: MarkRead) -> Result<Marked, Error> {
        let owner = self.accounts.act_for(caller, Some(&mark.account), Right::WriteMessages).await?;
        let read_at = self.clock.now();
        if owner.delegate().is_some() {
            // Recorded first: an action that is only partly done must not go unrecorded.
            let act = owner.event(self.ids.next().await?, EventKind::MessagesRead, format!("up to {}", mark.up_to));
            self.accounts.record(owner.name(), act.as_ref()).await?;
        }
        let mut marked = 0;
        for _ in 0..BITES {
            let batch = self.store.mark_read(owner.name(), mark.up_to, read_at).await?;
            marked += batch.marked;
            if !batch.more {
                return Ok(Marked { marked, more: false, read_at });
            }
        }
        Ok(Marked { marked, more: true, read_at })
    }
}
