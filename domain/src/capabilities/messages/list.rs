use std::str::FromStr;

use super::{Message, Messages};
use crate::accounts::{Caller, Right};
use crate::model::page::ListName;
use crate::repositories::messages::MessageList;
use crate::{AccountReference, Error, Id, Page, PageRequest, Username};

/// Which of an account's messages to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MessageBox {
    /// Received messages.
    #[default]
    Inbox,
    /// Sent messages.
    Sent,
    /// Both.
    All,
}

impl MessageBox {
    fn as_str(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Sent => "sent",
            Self::All => "all",
        }
    }
}

impl FromStr for MessageBox {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = [Self::Inbox, Self::Sent, Self::All].into_iter().find(|message_box| message_box.as_str() == text);
        found.ok_or_else(|| "must be inbox, sent or all".to_owned())
    }
}

/// A request to list messages.
#[derive(Debug, Clone)]
pub struct List {
    /// The account whose messages to list.
    pub account: AccountReference,
    /// Received messages, sent ones, or both.
    pub message_box: MessageBox,
    /// Only those exchanged with this account.
    pub with: Option<AccountReference>,
    /// Only messages that their receiver has not marked as read.
    pub unread: bool,
    /// The page to list.
    pub page: PageRequest,
}

/// A message and its replies.
#[derive(Debug, Clone)]
pub struct Thread {
    /// The message.
    pub message: Message,
    /// Its replies, oldest first.
    pub replies: Page<Message>,
}

impl Messages {
    /// Lists messages, newest first. Costs one query, or two concurrent ones for received and sent messages together;
    /// a batch get if messages with quick replies are listed; more queries if `unread` filters out many. If no
    /// message with the other account is found, up to two queries and a read more.
    ///
    /// # Errors
    /// `Forbidden` for another account's messages; `NotFound` if an account does not exist, or if no messages were
    /// exchanged with the other account and it blocks the owner; `BadCursor`.
    pub async fn list(&self, caller: &Caller, list: List) -> Result<Page<Message>, Error> {
        let owner = self.accounts.act_for(caller, Some(&list.account), Right::ReadMessages).await?;
        let with = match &list.with {
            Some(with) => Some(self.accounts.name_of(with).await?),
            None => None,
        };
        let unread = if list.unread { "unread" } else { "" };
        let other = with.as_ref().map(Username::key).unwrap_or_default();
        let parts = ["messages", list.message_box.as_str(), unread, &other, &owner.name().key(), &caller.name().key()];
        let name = ListName(&parts);
        let position = name.position(&list.page)?;
        let found = self
            .store
            .list(&sources(&list, owner.name(), with.as_ref()), list.unread, position, list.page.limit.get() + 1)
            .await?;
        if let (Some(reference), Some(with), true) = (&list.with, &with, found.messages.is_empty()) {
            let both = List { message_box: MessageBox::All, unread: false, ..list.clone() };
            let exchanged = self.store.list(&sources(&both, owner.name(), Some(with)), false, None, 1).await?;
            if exchanged.messages.is_empty() {
                // Without any messages between the two, an account that blocks the owner must look as if it did not
                // exist.
                self.accounts.visibility.look(Some(owner.name()), with, reference).await?;
            }
        }
        let mut page = name.page(found.messages, list.page.limit, |message| message.id);
        if page.next.is_none() {
            page.next = found.passed.map(|last| name.cursor(last));
        }
        Ok(page)
    }

    /// Returns a message and its replies, oldest first. Costs a read and a query; a batch get if replies offer quick
    /// replies.
    ///
    /// # Errors
    /// `NotFound`, also if the caller may not see the message; `BadCursor`.
    pub async fn thread(&self, caller: &Caller, id: Id, request: &PageRequest) -> Result<Thread, Error> {
        let unknown = || Error::NotFound(format!("there is no message {id} that you may see"));
        let message = self.store.get(id).await?.ok_or_else(unknown)?;
        let mut seen = message.has_party(caller.name());
        for party in [&message.from, &message.to] {
            let party = AccountReference::Name(party.clone());
            seen = seen
                || match self.accounts.act_for(caller, Some(&party), Right::ReadMessages).await {
                    Ok(_) => true,
                    Err(Error::Forbidden(_) | Error::NotFound(_)) => false,
                    Err(error) => return Err(error),
                };
        }
        if !seen {
            return Err(unknown());
        }
        let (id, caller) = (id.to_string(), caller.name().key());
        let parts = ["replies", &id, &caller];
        let name = ListName(&parts);
        let position = name.position(request)?;
        let replies = self.store.replies(message.id, position, request.limit.get() + 1).await?;
        Ok(Thread { message, replies: name.page(replies, request.limit, |reply| reply.id) })
    }
}

/// Returns the stored lists that together contain the requested messages.
fn sources<'a>(list: &List, owner: &'a Username, with: Option<&'a Username>) -> Vec<MessageList<'a>> {
    let received = match with {
        Some(other) => MessageList::Conversation { from: other, to: owner },
        None if list.unread => MessageList::Unread(owner),
        None => MessageList::Inbox(owner),
    };
    let sent = match with {
        Some(other) => MessageList::Conversation { from: owner, to: other },
        None => MessageList::Sent(owner),
    };
    match list.message_box {
        MessageBox::Inbox => vec![received],
        MessageBox::Sent => vec![sent],
        // In a conversation with oneself, both lists are the same.
        MessageBox::All if received == sent => vec![sent],
        MessageBox::All => vec![received, sent],
    }
}
