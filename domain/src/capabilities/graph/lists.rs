use std::sync::Arc;

use foldhash::HashSet;

use super::Graph;
use crate::accounts::{AuthorSummary, Caller, Right};
use crate::model::page::{Filling, ListName};
use crate::model::restriction::Restriction;
use crate::repositories::graph::People;
use crate::{AccountReference, Error, Page, PageRequest, Timestamp, Username};

/// An account in a list.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub summary: Arc<AuthorSummary>,
    /// The time at which it was added to the list.
    pub since: Timestamp,
}

impl Graph {
    /// Lists the followers of an account, newest first, and returns the account's name in its owner's spelling.
    /// Anybody may read this, even without logging in. Names only accounts that the reader may see. Costs a query;
    /// with a reader, also a read and a batch get.
    ///
    /// # Errors
    /// `NotFound` if there is no such account, or it has blocked the reader; `BadCursor`.
    pub async fn followers(
        &self,
        reader: Option<&Caller>,
        of: &AccountReference,
        request: &PageRequest,
    ) -> Result<(Username, Page<Person>), Error> {
        self.open_list(People::Followers, reader, of, request).await
    }

    /// Lists the accounts that an account follows, newest first.
    ///
    /// # Errors
    /// As for [`Graph::followers`].
    pub async fn following(
        &self,
        reader: Option<&Caller>,
        of: &AccountReference,
        request: &PageRequest,
    ) -> Result<(Username, Page<Person>), Error> {
        self.open_list(People::Following, reader, of, request).await
    }

    /// Lists the accounts that an account blocks or mutes, newest first. For the owner and the owner's delegates.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` if there is no such account; `BadCursor`.
    pub async fn restricted(
        &self,
        caller: &Caller,
        restriction: Restriction,
        of: &AccountReference,
        request: &PageRequest,
    ) -> Result<Page<Person>, Error> {
        let owner = self.accounts.act_for(caller, Some(of), Right::Read).await?;
        self.list(restriction.list(), Some(caller), owner.name(), request).await
    }

    async fn open_list(
        &self,
        list: People,
        reader: Option<&Caller>,
        of: &AccountReference,
        request: &PageRequest,
    ) -> Result<(Username, Page<Person>), Error> {
        let owner = self.accounts.active(of).await?.profile.name;
        self.accounts.visibility.look(reader.map(Caller::name), &owner, of).await?;
        let page = self.list(list, reader, &owner, request).await?;
        Ok((owner, page))
    }

    async fn list(
        &self,
        list: People,
        reader: Option<&Caller>,
        of: &Username,
        request: &PageRequest,
    ) -> Result<Page<Person>, Error> {
        let caller = reader.map(|reader| reader.name().key()).unwrap_or_default();
        let (kind, owner) = (format!("{list:?}"), of.key());
        let parts = ["people", &kind, &owner, &caller];
        let name = ListName(&parts);
        let position = name.position(request)?;
        let mut page = Filling::new(position, request.limit);
        while let Some((after, count)) = page.wants() {
            let people = self.store.people(list, of, after, count).await?;
            let is_last = people.len() < count;
            let names: HashSet<_> = people.iter().map(|(_, name)| name.clone()).collect();
            let mut summaries = match list {
                People::Followers | People::Following => {
                    self.accounts.visibility.summaries(names, reader.map(Caller::name)).await?
                }
                // The owner's own lists name every active account, so that it can be removed again.
                People::Blocks | People::Mutes => self.accounts.store.summaries(names).await?,
            };
            let person = people.into_iter().map(|(id, name)| {
                let summary = summaries.remove(&name);
                (id, summary.map(|summary| Person { summary, since: id.made_at() }))
            });
            page.take(person, is_last);
        }
        Ok(page.end(&name))
    }
}
