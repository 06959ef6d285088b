use std::str::FromStr;

use super::{Message, Messages};
use crate::accounts::{Caller, Right};
use crate::model::page::ListName;
use crate::repositories::messages::MessageList;
use crate::{AccountReference, Error, Id, Page, PageRequest, Username};

/// Which side of somebody's messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MessageBox {
    /// What he received.
    #[default]
    Inbox,
    /// What he sent.
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

/// Which messages somebody wants to see.
#[derive(Debug, Clone)]
pub struct List {
    /// Whose.
    pub account: AccountReference,
    /// Which side.
    pub message_box: MessageBox,
    /// Only those exchanged with this account.
    pub with: Option<AccountReference>,
    /// Only those that their receiver has not marked as read.
    pub unread: bool,
    /// Which page.
    pub page: PageRequest,
}

/// A message and what was replied to it.
#[derive(Debug, Clone)]
pub struct Thread {
    /// The message.
    pub message: Message,
    /// Its replies, oldest first.
    pub replies: Page<Message>,
}

impl Messages {
    /// Lists messages, newest first. Costs one query; two, side by side, for both sides at once; more only
    /// where `unread` has to pass over many that are read. Two queries and a read more where nothing is found of somebody.
    ///
    /// # Errors
    /// `Forbidden` for somebody else's messages, `NotFound` for an account that is not there, or with which nothing was
    /// exchanged and which blocks the account, `BadCursor`.
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
                // Whoever blocks is not there, where there is nothing between the two.
                self.accounts.visibility.look(Some(owner.name()), with, reference).await?;
            }
        }
        let mut page = name.page(found.messages, list.page.limit, |message| message.id);
        if page.next.is_none() {
            page.next = found.passed.map(|last| name.cursor(last));
        }
        Ok(page)
    }

    /// A message and its replies, oldest first. Costs two reads.
    ///
    /// # Errors
    /// `NotFound`, also for one that is none of the caller's business; `BadCursor`.
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

/// The lists that together hold what is asked for.
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
        // With oneself both halves are the same one.
        MessageBox::All if received == sent => vec![sent],
        MessageBox::All => vec![received, sent],
    }
}
