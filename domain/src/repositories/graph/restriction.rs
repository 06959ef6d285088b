use super::{
    BLOCKED, BLOCKS, Changed, GraphStore, MUTES, People, QUIET, Relation, RelationChange, act, enlist, partition, pull,
    recorded, set, strike, unpull, unset,
};
use crate::model::restriction::Restriction;
use crate::repositories::jobs::Task;
use crate::repositories::{fence, keys};
use crate::{Error, Id, Username};
use item_store::api::{Action, Change, Condition, Effect, Value};
use item_store::retry::RACES;

impl Restriction {
    /// Returns the list of those whom an account restricts.
    pub(crate) fn list(self) -> People {
        match self {
            Self::Block => People::Blocks,
            Self::Mute => People::Mutes,
        }
    }

    /// Returns its part of a relation.
    fn part(self) -> &'static str {
        match self {
            Self::Block => BLOCKS,
            Self::Mute => MUTES,
        }
    }
}

impl GraphStore {
    /// Adds a block, to both relations, or a mute. After a block, ending the follows between the two is left to the
    /// caller, and to a job that this adds.
    pub(crate) async fn restrict(
        &self,
        restriction: Restriction,
        change: RelationChange<'_>,
    ) -> Result<Changed, Error> {
        let part = restriction.part();
        let RelationChange { one, other, id, event } = change;
        for _ in 0..RACES {
            let (known, turned) = self.both(restriction, one, other).await?;
            if known.get(part).is_some() {
                return Ok(Changed::Same);
            }
            let mut actions = vec![
                fence::check(one, id),
                set(keys::relation(one, other), &known, part, id),
                enlist(partition(restriction.list(), one), id, other),
            ];
            match restriction {
                Restriction::Block => {
                    actions.push(set(keys::relation(other, one), &turned, BLOCKED, id));
                    actions.push(self.jobs.put(id, &Task::Sever { one: one.clone(), other: other.clone() }));
                }
                Restriction::Mute => actions.extend(known.follows.into_iter().flat_map(|since| {
                    let part = Task::Part { reader: one.clone(), author: other.clone() };
                    let quiet = Change::Set(QUIET, Value::Flag(true));
                    [mark(other, since, quiet), unpull(one, other), self.jobs.put(id, &part)]
                })),
            }
            actions.extend(recorded(one, event));
            match self.run(actions).await? {
                Ok(()) => return Ok(Changed::Done),
                Err(places) if places.contains(&0) => return Ok(Changed::Gone),
                Err(_) => {}
            }
        }
        Err(Error::Overloaded)
    }

    /// Ends a block or a mute. Returns whether there was one.
    pub(crate) async fn lift(&self, restriction: Restriction, change: RelationChange<'_>) -> Result<bool, Error> {
        let part = restriction.part();
        let RelationChange { one, other, id, event } = change;
        for _ in 0..RACES {
            let (known, turned) = self.both(restriction, one, other).await?;
            let Some(since) = known.get(part) else { return Ok(false) };
            let mut actions = vec![
                unset(keys::relation(one, other), &known, part),
                strike(partition(restriction.list(), one), since),
            ];
            match restriction {
                Restriction::Block => actions.push(unset(keys::relation(other, one), &turned, BLOCKED)),
                Restriction::Mute => actions.extend(known.follows.into_iter().flat_map(|since| {
                    let welcome = Task::Welcome { reader: one.clone(), author: other.clone(), since: id };
                    let loud = Change::Remove(QUIET);
                    [mark(other, since, loud), pull(one, other, id), self.jobs.put(id, &welcome)]
                })),
            }
            actions.extend(recorded(one, event));
            if self.run(actions).await?.is_ok() {
                return Ok(true);
            }
        }
        Err(Error::Overloaded)
    }

    /// Returns the relation of one account to the other. For a restriction that both relations store, also the other
    /// account's.
    async fn both(&self, stored: Restriction, one: &Username, other: &Username) -> Result<(Relation, Relation), Error> {
        match stored {
            Restriction::Block => tokio::try_join!(self.relation(one, other), self.relation(other, one)),
            Restriction::Mute => Ok((self.relation(one, other).await?, Relation::default())),
        }
    }
}

/// Returns the action that changes the entry of a follow in the list of followers.
fn mark(followed: &Username, since: Id, change: Change) -> Action {
    let key = keys::entry(keys::followers(followed), since);
    act(key, vec![Condition::Present], Effect::Update(vec![change]))
}
