use std::collections::HashSet;
use std::sync::Arc;

use compact_str::CompactString;
use tokio::task::JoinSet;

use super::{Message, Messages};
use crate::accounts::AccountState;
use crate::repositories::identity::IdentityStore;
use crate::repositories::messages::MessageStore;
use crate::seed::Loaded;
use crate::{Error, Id, OptionText, Username};

impl Messages {
    /// Returns the message with this id, without checking permissions.
    pub(crate) async fn get(&self, id: Id) -> Result<Option<Message>, Error> {
        self.store.get(id).await
    }

    /// Returns a loader of messages, which can be used by many tasks concurrently.
    pub(crate) fn loader(&self) -> Loader {
        Loader { store: self.store.clone(), accounts: Arc::clone(&self.accounts.store) }
    }
}

/// Adds messages in their final state, including marks and answers.
#[derive(Debug, Clone)]
pub(crate) struct Loader {
    store: MessageStore,
    accounts: Arc<IdentityStore>,
}

impl Loader {
    /// Adds the messages that do not exist yet, concurrently. At most 50.
    pub(crate) async fn load(&self, messages: Vec<(String, Message)>) -> Result<Vec<(String, Loaded)>, Error> {
        let mut wanted: Vec<Id> = messages.iter().map(|(_, message)| message.id).collect();
        wanted.extend(messages.iter().filter_map(|(_, message)| message.reply_to));
        wanted.sort_unstable();
        wanted.dedup();
        let deleted = self.deleted(&messages).await?;
        let stored = self.store.get_many(&wanted).await?;
        let find = |id: Id| stored.iter().find(|message| message.id == id);
        let mut fates = Vec::with_capacity(messages.len());
        let mut missing = Vec::new();
        for (place, message) in messages {
            let parent = message.reply_to.and_then(find);
            let question = parent.filter(|_| message.quick_reply.is_some());
            let fate = match (find(message.id), question) {
                (Some(found), _) if same(found, &message) => Loaded::Unchanged,
                (Some(_), _) => Loaded::Refused(format!("another message has the id {}", message.id)),
                (None, _) if parent.is_some_and(|parent| !fits(parent, &message)) => {
                    Loaded::Refused("another message has the id that it replies to".to_owned())
                }
                (None, _) if [&message.from, &message.to].iter().any(|name| deleted.contains(&name.key())) => gone(),
                (None, Some(question)) => self.answer(question, &message).await?,
                (None, None) => {
                    missing.push((fates.len(), message));
                    Loaded::Created
                }
            };
            fates.push((place, fate));
        }
        let mut adding = JoinSet::new();
        for (number, message) in missing {
            let store = self.store.clone();
            adding.spawn(async move { store.load(&message).await.map(|is_added| (number, is_added)) });
        }
        while let Some(added) = adding.join_next().await {
            let (number, is_added) = added.map_err(|error| Error::internal(error.to_string()))??;
            if !is_added && let Some((_, fate)) = fates.get_mut(number) {
                *fate = gone();
            }
        }
        Ok(fates)
    }

    /// Returns the deleted accounts among the senders and receivers: their lists must get no messages. Called for
    /// each batch, because a load takes a while.
    async fn deleted(&self, messages: &[(String, Message)]) -> Result<HashSet<CompactString>, Error> {
        let parties = messages.iter().flat_map(|(_, message)| [&message.from, &message.to]);
        let mut names: Vec<_> = parties.cloned().collect();
        names.sort_by_key(Username::key);
        names.dedup();
        let states = self.accounts.states(names).await?.into_iter();
        Ok(states.filter(|(_, state)| *state == AccountState::Deleted).map(|(name, _)| name).collect())
    }

    /// Adds the answer to a message that is stored already, by an earlier load or an interrupted one.
    async fn answer(&self, question: &Message, answer: &Message) -> Result<Loaded, Error> {
        match question.answered_by {
            Some(other) if other != answer.id => {
                Ok(Loaded::Refused(format!("message {} is already answered, by message {other}", question.id)))
            }
            Some(_) if self.store.load(answer).await? => Ok(Loaded::Created),
            Some(_) => Ok(gone()),
            None if self.store.answer(question, answer, None, None).await? => Ok(Loaded::Created),
            None => Ok(Loaded::Refused(format!("message {} has changed; load the file again", question.id))),
        }
    }
}

fn gone() -> Loaded {
    Loaded::Refused("its sender or its receiver was deleted".to_owned())
}

/// Returns whether two messages are the same, ignoring marks that were set later.
fn same(found: &Message, wanted: &Message) -> bool {
    let Message { read_at, answered_by, sender_deleted, receiver_deleted, .. } = *wanted;
    let found = Message { read_at, answered_by, sender_deleted, receiver_deleted, ..found.clone() };
    found == *wanted
}

/// Returns whether a stored message can be the one that a message replies to: it is between the same two accounts and
/// offers the chosen quick reply.
fn fits(parent: &Message, reply: &Message) -> bool {
    let chosen = |choice: usize| parent.quick_replies.get(choice).map(OptionText::as_str) == Some(reply.text.as_str());
    match reply.quick_reply {
        None => parent.has_party(&reply.from) && parent.has_party(&reply.to),
        Some(choice) => parent.from == reply.to && parent.to == reply.from && chosen(choice),
    }
}
