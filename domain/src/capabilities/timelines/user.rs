use super::Timelines;
use crate::accounts::Caller;
use crate::model::page::{ListName, Offset};
use crate::posts::Shown;
use crate::visibility::List;
use crate::{AccountReference, Error, Page, PageRequest, Username};

impl Timelines {
    /// Lists the posts and reposts of an author, newest first, as this reader may see them. Anybody may read this,
    /// even without logging in. Costs a query and one batch get, and a read if there is a reader.
    ///
    /// # Errors
    /// `NotFound` if there is no such account, or it has blocked the reader; `BadCursor`.
    pub async fn user(
        &self,
        reader: Option<&Caller>,
        author: &AccountReference,
        request: &PageRequest,
    ) -> Result<Page<Shown>, Error> {
        let reader = reader.map(Caller::name);
        let owner = self.seen(reader, author).await?;
        let (author, caller) = (owner.key(), reader.map(Username::key).unwrap_or_default());
        let parts = ["user", &author, &caller];
        let name = ListName(&parts);
        let after = name.position(request)?;
        let (items, last) = self.visibility.page(List::Author(&owner), reader, after, request.limit.get()).await?;
        Ok(Page { items, next: last.map(|last| name.cursor(last)) })
    }

    /// Lists the same posts from an offset.
    ///
    /// # Errors
    /// As for [`Timelines::user`].
    pub async fn user_from(
        &self,
        reader: Option<&Caller>,
        author: &AccountReference,
        offset: Offset,
    ) -> Result<Vec<Shown>, Error> {
        let reader = reader.map(Caller::name);
        let owner = self.seen(reader, author).await?;
        self.visibility.from(List::Author(&owner), reader, offset).await
    }

    /// Returns the author, if the reader may see their posts.
    async fn seen(&self, reader: Option<&Username>, author: &AccountReference) -> Result<Username, Error> {
        let owner = self.accounts.active(author).await?.profile.name;
        self.accounts.visibility.look(reader, &owner, author).await?;
        Ok(owner)
    }
}
