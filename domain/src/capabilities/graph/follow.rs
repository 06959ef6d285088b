use super::Graph;
use crate::accounts::{Caller, EventKind, unknown};
use crate::model::following::Following;
use crate::model::idempotency::{IdempotentRequest, Outcome};
use crate::repositories::graph::{Followed, followed};
use crate::{AccountReference, Error, Username};

/// A request to follow an account.
#[derive(Debug, Clone)]
pub struct Follow {
    /// The follower, by default the caller.
    pub follower: Option<AccountReference>,
    /// The followed account.
    pub followed: AccountReference,
    /// The idempotency key, if the client sent one.
    pub once: Option<IdempotentRequest>,
}

/// The result of an unfollow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfollowed {
    /// The follower.
    pub follower: Username,
    /// The followed account.
    pub followed: Username,
    /// Whether there was a follow.
    pub had_followed: bool,
}

impl Graph {
    /// Makes an account follow another, whose posts appear in its home timeline from now on, including the latest
    /// older ones. Costs one transaction. If the two had a relation before, costs a read and another transaction.
    ///
    /// # Errors
    /// `Forbidden` if the caller may not act for the follower; `NotFound` if there is no account to follow, or it has
    /// blocked the follower; `Conflict` if both are the same, or the follower has blocked the other.
    pub async fn follow(&self, caller: &Caller, follow: Follow) -> Result<Outcome<Following>, Error> {
        let attempt = self.try_follow(caller, &follow).await;
        // Only a new follow has stored its idempotency key.
        let once = follow.once.as_ref().filter(|_| !attempt.as_ref().is_ok_and(|following| following.is_new));
        match (attempt, once) {
            (Ok(following), None) => Ok(Outcome { value: following, replayed: false }),
            (Ok(following), Some(_)) => {
                let unknown = Err(Error::NotFound(String::new()));
                match self.kept.replay(caller.name(), once, unknown, followed).await {
                    Err(Error::NotFound(_)) => Ok(Outcome { value: following, replayed: false }),
                    replayed => replayed,
                }
            }
            (failed, once) => self.kept.replay(caller.name(), once, failed, followed).await,
        }
    }

    async fn try_follow(&self, caller: &Caller, follow: &Follow) -> Result<Following, Error> {
        let pair = self.pair(caller, follow.follower.as_ref(), &follow.followed, EventKind::Followed).await?;
        let kept = follow.once.as_ref().map(|once| once.kept_for(&caller.name().key()));
        let (since, is_new) = match self.store.follow(pair.change(), kept.as_ref()).await? {
            Followed::New => (pair.id, true),
            Followed::Already(since) => (since, false),
            Followed::Refused(relation) => {
                relation.may_meet(&pair.other, &follow.followed)?;
                return Err(Error::Overloaded);
            }
            Followed::FollowerGone => return Err(pair.acting.ended()),
            Followed::OtherGone => return Err(unknown(&follow.followed)),
        };
        let follower = pair.acting.name().clone();
        Ok(Following { follower, followed: pair.other, since: since.made_at(), is_new })
    }

    /// Ends a follow, if there is one. Costs a read and a transaction.
    ///
    /// # Errors
    /// `Forbidden` if the caller may not act for the follower; `NotFound` if there is no such account; `Conflict` if
    /// both are the same.
    pub async fn unfollow(
        &self,
        caller: &Caller,
        follower: Option<&AccountReference>,
        followed: &AccountReference,
    ) -> Result<Unfollowed, Error> {
        let pair = self.pair(caller, follower, followed, EventKind::Unfollowed).await?;
        let had_followed = self.store.unfollow(pair.change()).await?;
        Ok(Unfollowed { follower: pair.acting.name().clone(), followed: pair.other, had_followed })
    }
}
