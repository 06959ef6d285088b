use super::write::unknown;
use super::{Post, Posts, Shown};
use crate::accounts::{Acting, Caller, EventKind, Right};
use crate::repositories::posts::Companions;
use crate::{AccountReference, Error, Id, PostText};

/// How often an edit is tried when another one comes first.
const ATTEMPTS: usize = 4;

impl Posts {
    /// Gives a post another text; the one before is kept with it. Costs a read and a transaction, and what it costs to
    /// show it.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the author and his delegates; `NotFound`; `Conflict` for a repost, which has no text.
    pub async fn edit(&self, caller: &Caller, post: Id, text: PostText) -> Result<Shown, Error> {
        for _ in 0..ATTEMPTS {
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

    /// Deletes a post. Nobody sees it from now on, nor what reposts it. Costs a read or two and a transaction.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the author and his delegates; `NotFound`.
    pub async fn delete(&self, caller: &Caller, post: Id) -> Result<(), Error> {
        let (found, author) = self.own(caller, post).await?;
        self.remove(&author, &found, EventKind::PostDeleted).await?.then_some(()).ok_or_else(|| unknown(post))
    }

    pub(super) async fn remove(&self, author: &Acting, post: &Post, kind: EventKind) -> Result<bool, Error> {
        let job = self.ids.next().await?;
        let event = author.event(job, kind, format!("post {}", post.id));
        self.store.remove(post, job, event.as_ref()).await
    }

    /// A post that the caller may change. Who may not see it is not told that it is there.
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
