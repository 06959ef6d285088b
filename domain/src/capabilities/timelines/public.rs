use super::Timelines;
use crate::accounts::Caller;
use crate::model::page::{ListName, Offset};
use crate::posts::Shown;
use crate::visibility::List;
use crate::{Error, Page, PageRequest, Username};

impl Timelines {
    /// Lists the posts of all accounts, newest first, as this reader may see them. Anybody may read this, even
    /// without logging in. Costs a query of the list of parts, four queries of the newest week, and one batch get;
    /// more if the page reaches into older weeks.
    ///
    /// # Errors
    /// `BadCursor`.
    pub async fn public(&self, reader: Option<&Caller>, request: &PageRequest) -> Result<Page<Shown>, Error> {
        let reader = reader.map(Caller::name);
        let caller = reader.map(Username::key).unwrap_or_default();
        let parts = ["public", &caller];
        let name = ListName(&parts);
        let after = name.position(request)?;
        let (items, last) = self.visibility.page(List::Public, reader, after, request.limit.get()).await?;
        Ok(Page { items, next: last.map(|last| name.cursor(last)) })
    }

    /// Lists the same posts from an offset.
    pub async fn public_from(&self, reader: Option<&Caller>, offset: Offset) -> Result<Vec<Shown>, Error> {
        self.visibility.from(List::Public, reader.map(Caller::name), offset).await
    }
}
