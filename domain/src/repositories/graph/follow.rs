use super::{
    FOLLOWS, GraphStore, QUIET, Relation, RelationChange, count, enlist, pull, recorded, set, strike, unpull, unset,
};
use crate::model::following::Following;
use crate::model::idempotency::IdempotencyRecord;
use crate::repositories::jobs::Task;
use crate::repositories::profiles::{FOLLOWERS, FOLLOWING};
use crate::repositories::{entries, fence, items, kept, keys};
use crate::{Error, Id, Username};
use item_store::api::{Attributes, Effect, StoreError, Value};
use item_store::retry::RACES;

/// The outcome of a follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Followed {
    /// The follow is new.
    New,
    /// The follow exists, since this id.
    Already(Id),
    /// One of the two has blocked the other.
    Refused(Relation),
    /// The follower's account is deleted.
    FollowerGone,
    /// The followed account is deleted.
    OtherGone,
}

impl GraphStore {
    /// Adds a follow. Costs a transaction, and a read and another transaction if the two had a relation before.
    pub(crate) async fn follow(
        &self,
        change: RelationChange<'_>,
        kept: Option<&IdempotencyRecord>,
    ) -> Result<Followed, Error> {
        let RelationChange { one: follower, other: followed, id, event } = change;
        let mut known = Relation::default();
        for _ in 0..RACES {
            let mut entry = enlist(keys::followers(followed), id, follower);
            if let (Some(_), Effect::Put(attributes)) = (known.mutes, &mut entry.effect) {
                attributes.insert(QUIET.into(), Value::Flag(true));
            }
            let mut actions = vec![
                set(keys::relation(follower, followed), &known, FOLLOWS, id),
                entry,
                enlist(keys::following(follower), id, followed),
                fence::unfenced(count(followed, FOLLOWERS, 1)),
                fence::unfenced(count(follower, FOLLOWING, 1)),
                self.jobs.put(id, &Task::Welcome { reader: follower.clone(), author: followed.clone(), since: id }),
            ];
            // Followers who mute pull nothing.
            actions.extend(known.mutes.is_none().then(|| pull(follower, followed, id)));
            actions.extend(recorded(follower, event));
            actions.extend(kept.map(|kept| kept::remember(kept, followed_since(follower, followed, id), id.made_at())));
            match self.run(actions).await? {
                Ok(()) => return Ok(Followed::New),
                Err(places) if places.contains(&4) => return Ok(Followed::FollowerGone),
                Err(places) if places.contains(&3) => return Ok(Followed::OtherGone),
                Err(places) if places.contains(&0) => {}
                Err(_) => return Err(kept::busy()),
            }
            known = self.relation(follower, followed).await?;
            match known {
                Relation { follows: Some(since), .. } => return Ok(Followed::Already(since)),
                Relation { blocks: None, blocked: None, .. } => {}
                refused => return Ok(Followed::Refused(refused)),
            }
        }
        Err(Error::Overloaded)
    }

    /// Ends a follow. Returns whether there was one. Costs a read and a transaction.
    pub(crate) async fn unfollow(&self, change: RelationChange<'_>) -> Result<bool, Error> {
        self.end(change, |_| true).await
    }

    /// Ends a follow if one of the two blocks the other. Does nothing if the block has ended meanwhile.
    pub(crate) async fn sever(&self, one: &Username, other: &Username, id: Id) -> Result<bool, Error> {
        let apart = |known: &Relation| known.blocks.is_some() || known.blocked.is_some();
        self.end(RelationChange { one, other, id, event: None }, apart).await
    }

    async fn end(&self, change: RelationChange<'_>, wanted: impl Fn(&Relation) -> bool) -> Result<bool, Error> {
        let RelationChange { one: follower, other: followed, id, event } = change;
        for _ in 0..RACES {
            let known = self.relation(follower, followed).await?;
            let Some(since) = known.follows.filter(|_| wanted(&known)) else { return Ok(false) };
            let mut actions = vec![
                unset(keys::relation(follower, followed), &known, FOLLOWS),
                strike(keys::followers(followed), since),
                strike(keys::following(follower), since),
                count(followed, FOLLOWERS, -1),
                count(follower, FOLLOWING, -1),
                unpull(follower, followed),
                self.jobs.put(id, &Task::Part { reader: follower.clone(), author: followed.clone() }),
            ];
            actions.extend(recorded(follower, event));
            if self.run(actions).await?.is_ok() {
                return Ok(true);
            }
        }
        Err(Error::Overloaded)
    }
}

fn followed_since(follower: &Username, followed: &Username, since: Id) -> Attributes {
    let text = |name: &Username| Value::text(name.as_str());
    Attributes::from_iter([
        ("follower".into(), text(follower)),
        ("followed".into(), text(followed)),
        ("id".into(), items::number(since)),
    ])
}

/// Decodes the follow that an idempotency key made.
pub(crate) fn followed(attributes: &Attributes) -> Result<Following, StoreError> {
    Ok(Following {
        follower: entries::name(attributes, "follower")?,
        followed: entries::name(attributes, "followed")?,
        since: items::Reader(attributes).id()?.made_at(),
        is_new: true,
    })
}
