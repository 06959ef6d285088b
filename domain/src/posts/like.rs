use super::write::unknown;
use super::{Posts, Shown};
use crate::accounts::{Caller, EventKind, Right};
use crate::store::posts::like::Liked;
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
        }
    }

    /// Takes a like back, if there is one.
    ///
    /// # Errors
    /// As for liking.
    pub async fn unlike(&self, caller: &Caller, account: Option<&AccountReference>, post: Id) -> Result<Shown, Error> {
        let who = self.accounts.act_in_name(caller, account, Right::Write).await?;
        let subject = self.meet(&who, post).await?.subject().id;
        let event = who.event(self.ids.next().await?, EventKind::Unliked, format!("post {subject}"));
        match self.store.unlike(subject, who.name(), event.as_ref()).await? {
            Liked::Changed | Liked::Same => self.meet(&who, post).await,
            Liked::Gone => Err(unknown(post)),
        }
    }

    /// Takes a repost back, if there is one: of this post, or this one itself. Answers what was reposted.
    ///
    /// # Errors
    /// As for liking.
    pub async fn undo_repost(
        &self,
        caller: &Caller,
        account: Option<&AccountReference>,
        post: Id,
    ) -> Result<Shown, Error> {
        let who = self.accounts.act_in_name(caller, account, Right::Write).await?;
        let subject = self.meet(&who, post).await?.subject().id;
        if let Some(repost) = self.store.repost_of(subject, who.name()).await?
            && let Some(repost) = self.store.get(repost).await?
        {
            self.remove(&who, &repost, EventKind::RepostUndone).await?;
        }
        self.meet(&who, subject).await
    }
}
