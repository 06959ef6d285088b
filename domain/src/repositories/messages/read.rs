use std::sync::Arc;
use twclone_schema::MESSAGES;

use compact_str::CompactString;

use super::MessageStore;
use crate::model::message::Message;
use crate::repositories::items::{self, Reader};
use crate::repositories::keys;
use crate::{Error, Id, Username};
use item_store::api::{Direction, Item, Query, QueryPage, SortRange};

/// A list of messages, newest first. One query reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageList<'a> {
    /// Messages that an account received.
    Inbox(&'a Username),
    /// Received messages that are not marked as read.
    Unread(&'a Username),
    /// Messages that an account sent.
    Sent(&'a Username),
    /// Messages from one account to another.
    Conversation { from: &'a Username, to: &'a Username },
}

/// Messages from one or two lists.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) messages: Vec<Message>,
    /// The id at which reading stopped early, because too many messages had been filtered out.
    pub(crate) passed: Option<Id>,
}

/// Maximum number of queries for a list if most messages are filtered out.
const QUERIES: usize = 8;

impl MessageStore {
    /// Returns the message with this id.
    pub(crate) async fn get(&self, id: Id) -> Result<Option<Message>, Error> {
        let item = self.tables.get(MESSAGES, keys::message(id)).await?;
        Ok(item.map(|item| items::decode(&item.attributes)).transpose()?)
    }

    /// Returns those of these messages that exist, at most 100, in no particular order.
    pub(crate) async fn get_many(&self, ids: &[Id]) -> Result<Vec<Message>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys = ids.iter().map(|id| keys::message(*id)).collect();
        messages(self.tables.batch_get(MESSAGES, keys).await?)
    }

    /// Returns the newest messages after `after` in the lists together, at most `count`.
    pub(crate) async fn list(
        &self,
        lists: &[MessageList<'_>],
        unread: bool,
        after: Option<Id>,
        count: usize,
    ) -> Result<Found, Error> {
        let mut found = match lists {
            [one] => self.list_one(*one, unread, after, count).await?,
            [one, other] => {
                let (one, other) = tokio::try_join!(
                    self.list_one(*one, unread, after, count),
                    self.list_one(*other, unread, after, count)
                )?;
                merge(one, other, count)
            }
            _ => return Err(Error::internal("a list of messages is read from one or two lists")),
        };
        self.look_up_answers(&mut found.messages).await?;
        Ok(found)
    }

    /// Sets the answers of questions.
    async fn look_up_answers(&self, messages: &mut [Message]) -> Result<(), Error> {
        let questions = messages.iter().filter(|message| !message.quick_replies.is_empty());
        let questions: Vec<_> = questions.map(|message| message.id).collect();
        // A page has at most 101 messages, and a batch get 100.
        for questions in questions.chunks(100) {
            for known in self.get_many(questions).await? {
                if let Some(message) = messages.iter_mut().find(|message| message.id == known.id) {
                    message.answered_by = known.answered_by;
                }
            }
        }
        Ok(())
    }

    async fn list_one(
        &self,
        list: MessageList<'_>,
        unread: bool,
        after: Option<Id>,
        count: usize,
    ) -> Result<Found, Error> {
        let mut found = Found::default();
        let mut after = after.map(keys::id);
        for _ in 0..QUERIES {
            let page = self.tables.query(newest(partition(list), after, count)).await?;
            for item in page.items {
                let message = items::decode(&item.attributes)?;
                if !(unread && message.read_at.is_some()) {
                    found.messages.push(message);
                }
            }
            after = page.next;
            if after.is_none() || found.messages.len() >= count {
                found.messages.truncate(count);
                return Ok(found);
            }
        }
        // Not the id of the last message: a page can be empty although more messages follow.
        found.passed = after.as_deref().and_then(keys::read_id);
        Ok(found)
    }

    /// Returns the replies to a message after `after`, oldest first.
    pub(crate) async fn replies(&self, id: Id, after: Option<Id>, count: usize) -> Result<Vec<Message>, Error> {
        let mut query = newest(keys::replies(id), after.map(keys::id), count);
        query.direction = Direction::Ascending;
        let mut replies = Vec::new();
        // A page can end early, at 1 MB.
        loop {
            let page = self.tables.query(query.clone()).await?;
            replies.extend(messages(page.items)?);
            if page.next.is_none() || replies.len() >= count {
                replies.truncate(count);
                self.look_up_answers(&mut replies).await?;
                return Ok(replies);
            }
            query.after = page.next;
        }
    }

    /// Returns the newest message from one account to another that waits for a quick reply.
    pub(crate) async fn open_question(&self, from: &Username, to: &Username) -> Result<Option<Id>, Error> {
        let page = self.first_items(newest(keys::questions(from, to), None, 1)).await?;
        Ok(page.items.first().map(|item| Reader(&item.attributes).id()).transpose()?)
    }

    /// Returns the first page of a query that is not empty, because servers may return empty pages.
    pub(super) async fn first_items(&self, mut query: Query) -> Result<QueryPage, Error> {
        loop {
            let page = self.tables.query(query.clone()).await?;
            if page.next.is_none() || !page.items.is_empty() {
                return Ok(page);
            }
            query.after = page.next;
        }
    }
}

fn partition(list: MessageList<'_>) -> CompactString {
    match list {
        MessageList::Inbox(owner) => keys::inbox(owner),
        MessageList::Unread(owner) => keys::unread(owner),
        MessageList::Sent(owner) => keys::sent(owner),
        MessageList::Conversation { from, to } => keys::conversation(from, to),
    }
}

fn newest(partition: CompactString, after: Option<CompactString>, count: usize) -> Query {
    Query {
        table: MESSAGES,
        partition,
        range: SortRange::All,
        direction: Direction::Descending,
        limit: u32::try_from(count).unwrap_or(u32::MAX),
        after,
    }
}

fn messages(items: Vec<Arc<Item>>) -> Result<Vec<Message>, Error> {
    Ok(items.into_iter().map(|item| items::decode(&item.attributes)).collect::<Result<_, _>>()?)
}

/// Merges two lists, newest first, without duplicates (messages to oneself). Messages older than the point at which
/// reading either list stopped are left for the next page.
fn merge(one: Found, other: Found, count: usize) -> Found {
    let passed = one.passed.max(other.passed);
    let mut messages: Vec<_> = one.messages.into_iter().chain(other.messages).collect();
    messages.sort_by_key(|message| std::cmp::Reverse(message.id));
    messages.dedup_by_key(|message| message.id);
    messages.retain(|message| passed.is_none_or(|passed| message.id >= passed));
    let passed = passed.filter(|_| messages.len() < count);
    messages.truncate(count);
    Found { messages, passed }
}
