use super::write::unknown;
use super::{Posts, Shown};
use crate::accounts::{Acting, Caller, EventKind, Right};
use crate::repositories::posts::like::Liked;
use crate::{AccountReference, Error, Id};

impl Posts {
    /// Likes a post, at most once; for a repost, its original. Returns the updated post. Costs one transaction, plus
    /// the cost of showing the post before and after.
    ///
    /// # Errors
    /// `Forbidden` if the caller may not act for the account; `NotFound` if the account can see no such post.
    pub async fn like(&self, caller: &Caller, account: Option<&AccountReference>, post: Id) -> Result<Shown, Error> {
        let who = self.accounts.act_in_name(caller, account, Right::Write).await?;
        let subject = self.meet(&who, post).await?.subject().id;
        let event = who.event(self.ids.next().await?, EventKind::Liked, format!("post {subject}"));
        match self.store.like(subject, who.name(), event.as_ref()).await? {
            Liked::Changed | Liked::Same => self.meet(&who, post).await,
            Liked::Gone => Err(unknown(post)),
            Liked::FanGone => Err(who.ended()),
        }
    }

    /// Removes a like, if there is one. This also works for a post that the account may not see any more: users can
    /// always undo what they did. Returns the post if the account may see it. Costs one transaction and a read, plus
    /// the cost of showing the post.
    ///
    /// # Errors
    /// `Forbidden` if the caller may not act for the account; `NotFound` if there is neither a like nor a post that
    /// the account may see.
    pub async fn unlike(
        &self,
        caller: &Caller,
        account: Option<&AccountReference>,
        post: Id,
    ) -> Result<Option<Shown>, Error> {
        let who = self.accounts.act_in_name(caller, account, Right::Write).await?;
        let subject = self.subject_of(post).await?;
        let event = who.event(self.ids.next().await?, EventKind::Unliked, format!("post {subject}"));
        let is_undone = match self.store.unlike(subject, who.name(), event.as_ref()).await? {
            Liked::Changed => true,
            Liked::Same => false,
            Liked::Gone => return Err(unknown(post)),
            Liked::FanGone => return Err(who.ended()),
        };
        self.after_undo(&who, post, post, is_undone).await
    }

    /// Removes the account's repost of this post, or this repost itself, if there is one. This also works for a post
    /// that the account may not see any more. Returns the original if the account may see it.
    ///
    /// # Errors
    /// As for [`Posts::unlike`].
    pub async fn undo_repost(
        &self,
        caller: &Caller,
        account: Option<&AccountReference>,
        post: Id,
    ) -> Result<Option<Shown>, Error> {
        let who = self.accounts.act_in_name(caller, account, Right::Write).await?;
        let subject = self.subject_of(post).await?;
        let mut is_undone = false;
        if let Some(repost) = self.store.repost_of(subject, who.name()).await?
            && let Some(repost) = self.store.get(repost).await?
        {
            is_undone = self.remove(&who, &repost, EventKind::RepostUndone).await?;
        }
        self.after_undo(&who, post, subject, is_undone).await
    }

    /// Returns the post that a like or a repost refers to, whoever may see it: the original of a repost.
    async fn subject_of(&self, post: Id) -> Result<Id, Error> {
        let found = self.store.get(post).await?.ok_or_else(|| unknown(post))?;
        Ok(found.repost_of.unwrap_or(found.id))
    }

    /// Returns the post after an undo, if the account may see it. If nothing was undone, a hidden post gives the same
    /// error as one that does not exist.
    async fn after_undo(&self, who: &Acting, asked: Id, shown: Id, is_undone: bool) -> Result<Option<Shown>, Error> {
        match self.visibility.one(Some(who.name()), shown).await? {
            None if !is_undone => Err(unknown(asked)),
            shown => Ok(shown),
        }
    }
}
