use super::write::unknown;
use super::{Posts, Shown};
use crate::accounts::{Acting, Caller, EventKind, Right};
use crate::repositories::posts::like::Liked;
use crate::{AccountReference, Error, Id};

impl Posts {
    /// Likes a post, once; of a repost, what it shows. Answers the post as it is then. Costs one transaction, and what
    /// it costs to show it before and after.
    ///
    /// # Errors
    /// `Forbidden` where the caller may not act for the account; `NotFound` where it may not see such a post.
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

    /// Takes a like back, if there is one; also of a post that the account may not see any more: what somebody did
    /// can always be undone. Answers the post where the account may see it. Costs one transaction, a read, and what it
    /// costs to show it.
    ///
    /// # Errors
    /// `Forbidden` where the caller may not act for the account; `NotFound` where there is neither a like nor a post
    /// that the account may see.
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

    /// Takes a repost back, if there is one: of this post, or this one itself; also of a post that the account may not
    /// see any more. Answers what was reposted where the account may see it.
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

    /// What a like or a repost of a post is about, whoever may see it: of a repost, the original.
    async fn subject_of(&self, post: Id) -> Result<Id, Error> {
        let found = self.store.get(post).await?.ok_or_else(|| unknown(post))?;
        Ok(found.repost_of.unwrap_or(found.id))
    }

    /// The post as it is after something about it was undone, if the account may see it. Where nothing was undone, a
    /// hidden post is answered like one that is not there.
    async fn after_undo(&self, who: &Acting, asked: Id, shown: Id, is_undone: bool) -> Result<Option<Shown>, Error> {
        match self.visibility.one(Some(who.name()), shown).await? {
            None if !is_undone => Err(unknown(asked)),
            shown => Ok(shown),
        }
    }
}
