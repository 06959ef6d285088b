use super::{Graph, Pair};
use crate::accounts::{Caller, EventKind, unknown};
use crate::model::idempotency::{IdempotentRequest, Outcome};
use crate::repositories::graph::{Followed, followed};
use crate::{AccountReference, Error, Timestamp, Username};

/// Whom somebody wants to follow.
#[derive(Debug, Clone)]
pub struct Follow {
    /// Who; the caller himself where nothing is said.
    pub follower: Option<AccountReference>,
    /// Whom.
    pub followed: AccountReference,
    /// The idempotency key, if the client gave one.
    pub once: Option<IdempotentRequest>,
}

/// That somebody follows somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Following {
    /// Who.
    pub follower: Username,
    /// Whom.
    pub followed: Username,
    /// Since when.
    pub since: Timestamp,
    /// Whether he does only now.
    pub is_new: bool,
}

/// That somebody does not follow somebody any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfollowed {
    /// Who.
    pub follower: Username,
    /// Whom.
    pub followed: Username,
    /// Whether he did up to now.
    pub had_followed: bool,
}

impl Graph {
    /// Lets somebody follow somebody, whose posts are in his home timeline from now on, the latest older ones too.
    /// Costs one transaction; where they have had to do with each other before, a read and another transaction.
    ///
    /// # Errors
    /// `Forbidden` where the caller may not act for the follower; `NotFound` where there is nobody to follow, or he has
    /// blocked the follower; `Conflict` for oneself, and for somebody whom one has blocked.
    pub async fn follow(&self, caller: &Caller, follow: Follow) -> Result<Outcome<Following>, Error> {
        let attempt = self.try_follow(caller, &follow).await;
        // Who did so before has no new key to keep.
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
        let pair = self.pair(caller, follow.follower.as_ref(), &follow.followed).await?;
        let kept = follow.once.as_ref().map(|once| once.kept_for(&caller.name().key()));
        let event = pair.event(EventKind::Followed);
        let Pair { acting, other, id } = pair;
        let (since, is_new) = match self.store.follow(acting.name(), &other, id, kept.as_ref(), event.as_ref()).await? {
            Followed::New => (id, true),
            Followed::Already(since) => (since, false),
            Followed::Refused(relation) => {
                relation.may_meet(&other, &follow.followed)?;
                return Err(Error::Overloaded);
            }
            Followed::FollowerGone => return Err(acting.ended()),
            Followed::OtherGone => return Err(unknown(&follow.followed)),
        };
        Ok(Following { follower: acting.name().clone(), followed: other, since: since.made_at(), is_new })
    }

    /// Ends it, if he does. Costs a read and a transaction.
    ///
    /// # Errors
    /// `Forbidden` where the caller may not act for the follower; `NotFound` where there is no such account.
    pub async fn unfollow(
        &self,
        caller: &Caller,
        follower: Option<&AccountReference>,
        followed: &AccountReference,
    ) -> Result<Unfollowed, Error> {
        let pair = self.pair(caller, follower, followed).await?;
        let event = pair.event(EventKind::Unfollowed);
        let Pair { acting, other, id } = pair;
        let had_followed = self.store.unfollow(acting.name(), &other, id, event.as_ref()).await?;
        Ok(Unfollowed { follower: acting.name().clone(), followed: other, had_followed })
    }
}
