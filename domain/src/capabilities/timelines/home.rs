use super::{LENGTH, Timelines};
use crate::accounts::{Caller, Right};
use crate::model::page::{Cursor, ListName, Offset};
use crate::posts::Shown;
use crate::visibility::List;
use crate::{AccountReference, Error, Page, PageRequest};

impl Timelines {
    /// Lists the posts of an account and of the accounts that it follows, newest first, up to the newest 800. Costs
    /// two queries, one more for each pulled author, and one batch get; more if many entries are filtered out.
    ///
    /// # Errors
    /// `Forbidden` for another account's timeline, `NotFound` if the account does not exist, `BadCursor`.
    pub async fn home(
        &self,
        caller: &Caller,
        owner: Option<&AccountReference>,
        request: &PageRequest,
    ) -> Result<Page<Shown>, Error> {
        let owner = self.accounts.act_for(caller, owner, Right::Read).await?;
        let (reader, caller) = (owner.name().key(), caller.name().key());
        let parts = ["home", &reader, &caller];
        let name = ListName(&parts);
        let cursor = name.requested(request)?;
        let (after, before) = (cursor.map(|cursor| cursor.last), cursor.and_then(|cursor| cursor.count));
        let before = usize::from(before.unwrap_or_default());
        let limit = request.limit.get().min(LENGTH.saturating_sub(before));
        let (items, last) = self.visibility.page(List::Home(owner.name()), Some(owner.name()), after, limit).await?;
        let shown = before + items.len();
        let count = u16::try_from(shown).ok();
        let next = last.filter(|_| shown < LENGTH).map(|last| Cursor { last, count }.text(&name));
        Ok(Page { items, next })
    }

    /// Lists the same posts from an offset.
    ///
    /// # Errors
    /// As for [`Timelines::home`].
    pub async fn home_from(
        &self,
        caller: &Caller,
        owner: Option<&AccountReference>,
        offset: Offset,
    ) -> Result<Vec<Shown>, Error> {
        let owner = self.accounts.act_for(caller, owner, Right::Read).await?;
        let left = LENGTH.saturating_sub(offset.start);
        let mut shown = self.visibility.from(List::Home(owner.name()), Some(owner.name()), offset).await?;
        shown.truncate(left);
        Ok(shown)
    }
}
