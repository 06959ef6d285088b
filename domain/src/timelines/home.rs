use super::{LENGTH, Timelines};
use crate::accounts::{Caller, Right};
use crate::model::page::{ListName, Offset};
use crate::posts::Shown;
use crate::visibility::List;
use crate::{AccountReference, Error, Page, PageRequest};

impl Timelines {
    /// What somebody and those whom he follows posted, newest first; the newest 800. Costs two queries, one more for each
    /// author who is pulled, and one read of many; more where much of what is read is not to be shown.
    ///
    /// # Errors
    /// `Forbidden` for somebody else's, `NotFound` for an account that is not there, `BadCursor`.
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
        let (after, before) = name.position_and_count(request)?;
        let limit = request.limit.get().min(LENGTH.saturating_sub(before));
        let (items, last) = self.visibility.page(List::Home(owner.name()), Some(owner.name()), after, limit).await?;
        let shown = before + items.len();
        let next = last.filter(|_| shown < LENGTH).map(|last| name.cursor_with_count(last, shown));
        Ok(Page { items, next })
    }

    /// The same from a place counted from the newest.
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
