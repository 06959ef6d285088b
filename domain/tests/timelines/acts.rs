//! The actions of test accounts.

use twclone_domain::accounts::Caller;
use twclone_domain::graph::{Follow, Restriction};
use twclone_domain::posts::{NewComment, NewPost, NewRepost};
use twclone_domain::{Error, Id};

use super::kit::{Harness, by_name};

impl Harness {
    pub(super) async fn post(&self, author: &Caller) -> Result<Id, Error> {
        let new = NewPost { author: None, text: "Six rings.".parse().unwrap(), once: None };
        Ok(self.posts.create(author, new).await?.value.post.id)
    }

    pub(super) async fn repost(&self, who: &Caller, post: Id) -> Result<Id, Error> {
        Ok(self.posts.repost(who, NewRepost { post, author: None, once: None }).await?.value.post.id)
    }

    pub(super) async fn comment(&self, who: &Caller, post: Id) -> Result<Id, Error> {
        let new = NewComment { post, author: None, text: "Well?".parse().unwrap(), once: None };
        Ok(self.posts.comment(who, new).await?.value.post.id)
    }

    /// Returns whether the follow is new.
    pub(super) async fn follow(&self, who: &Caller, whom: &Caller) -> Result<bool, Error> {
        let follow = Follow { follower: None, followed: by_name(whom), once: None };
        Ok(self.graph.follow(who, follow).await?.value.is_new)
    }

    /// Returns whether `who` followed `whom`.
    pub(super) async fn unfollow(&self, who: &Caller, whom: &Caller) -> Result<bool, Error> {
        Ok(self.graph.unfollow(who, None, &by_name(whom)).await?.had_followed)
    }

    pub(super) async fn block(&self, who: &Caller, whom: &Caller) -> Result<bool, Error> {
        self.graph.restrict(who, Restriction::Block, &by_name(who), &by_name(whom)).await
    }

    pub(super) async fn unblock(&self, who: &Caller, whom: &Caller) -> Result<bool, Error> {
        self.graph.lift(who, Restriction::Block, &by_name(who), &by_name(whom)).await
    }

    pub(super) async fn mute(&self, who: &Caller, whom: &Caller) -> Result<bool, Error> {
        self.graph.restrict(who, Restriction::Mute, &by_name(who), &by_name(whom)).await
    }

    pub(super) async fn unmute(&self, who: &Caller, whom: &Caller) -> Result<bool, Error> {
        self.graph.lift(who, Restriction::Mute, &by_name(who), &by_name(whom)).await
    }
}
