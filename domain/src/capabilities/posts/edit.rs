use super::write::unknown;
use super::{Post, Posts, Shown};
use crate::accounts::{Acting, Caller, EventKind, Right};
use crate::repositories::posts::Companions;
use crate::{AccountReference, Error, Id, PostText};
use item_store::retry::RACES;

impl Posts {
    /// Changes the text of a post, and keeps the former text as a revision. Costs a read and a transaction, plus the
    /// cost of showing the post.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the author and the author's delegates; `NotFound`; `Conflict` for a repost, which
    /// has no text.
    pub async fn edit(&self, caller: &Caller, post: Id, text: PostText) -> Result<Shown, Error> {
        for _ in 0..RACES {
            let (found, author) = self.own(caller, post).await?;
            if found.repost_of.is_some() {
                return Err(Error::Conflict(format!("{post} is a repost, which has no text of its own")));
            }
            let event = author.event(self.ids.next().await?, EventKind::Edited, format!("post {post}"));
            let with = Companions { event, ..Companions::default() };
            if self.store.edit(&found, &text, self.clock.now(), &with).await? {
                return self.meet(&author, post).await;
            }
        }
        Err(Error::Overloaded)
    }

    /// Deletes a post, and hides its reposts. Costs one or two reads and a transaction.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the author and the author's delegates; `NotFound`.
    pub async fn delete(&self, caller: &Caller, post: Id) -> Result<(), Error> {
        let (found, author) = self.own(caller, post).await?;
        self.remove(&author, &found, EventKind::PostDeleted).await?.then_some(()).ok_or_else(|| unknown(post))
    }

    pub(super) async fn remove(&self, author: &Acting, post: &Post, kind: EventKind) -> Result<bool, Error> {
        let job = self.ids.next().await?;
        let event = author.event(job, kind, format!("post {}", post.id));
        self.store.remove(post, job, event.as_ref()).await
    }

    /// Returns a post that the caller may change. If the caller may not even see it, the error does not reveal that
    /// it exists.
    async fn own(&self, caller: &Caller, post: Id) -> Result<(Post, Acting), Error> {
        let found = self.store.get(post).await?.ok_or_else(|| unknown(post))?;
        let reference = AccountReference::Name(found.author.clone());
        match self.accounts.act_for(caller, Some(&reference), Right::Write).await {
            Ok(author) => Ok((found, author)),
            Err(Error::NotFound(_)) => Err(unknown(post)),
            Err(error) => {
                self.visibility.one(Some(caller.name()), post).await?.ok_or_else(|| unknown(post))?;
                Err(error)
            }
        }
    }
}
