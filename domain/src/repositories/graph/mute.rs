use super::{Changed, GraphStore, MUTES, QUIET, act, enlist, pull, recorded, set, strike, unpull, unset};
use crate::model::event::Event;
use crate::repositories::jobs::Task;
use crate::repositories::keys;
use crate::{Error, Id, Username};
use item_store::api::{Change, Condition, Effect, Value};
use item_store::retry::RACES;

impl GraphStore {
    /// Adds a mute.
    pub(crate) async fn mute(
        &self,
        one: &Username,
        other: &Username,
        id: Id,
        event: Option<&Event>,
    ) -> Result<Changed, Error> {
        for _ in 0..RACES {
            let known = self.relation(one, other).await?;
            if known.mutes.is_some() {
                return Ok(Changed::Same);
            }
            let mut actions =
                vec![set(keys::relation(one, other), &known, MUTES, id), enlist(keys::mutes(one), id, other)];
            if let Some(since) = known.follows {
                let quiet = Effect::Update(vec![Change::Set(QUIET, Value::Flag(true))]);
                actions.push(act(keys::entry(keys::followers(other), since), vec![Condition::Present], quiet));
                actions.push(unpull(one, other));
                actions.push(self.jobs.put(id, &Task::Part { reader: one.clone(), author: other.clone() }));
            }
            actions.extend(recorded(one, event));
            if let Some(changed) = self.change_of(one, id, actions).await? {
                return Ok(changed);
            }
        }
        Err(Error::Overloaded)
    }

    /// Ends a mute. Returns whether there was one.
    pub(crate) async fn unmute(
        &self,
        one: &Username,
        other: &Username,
        id: Id,
        event: Option<&Event>,
    ) -> Result<bool, Error> {
        for _ in 0..RACES {
            let known = self.relation(one, other).await?;
            let Some(muted) = known.mutes else { return Ok(false) };
            let mut actions = vec![unset(keys::relation(one, other), &known, MUTES), strike(keys::mutes(one), muted)];
            if let Some(since) = known.follows {
                let loud = Effect::Update(vec![Change::Remove(QUIET)]);
                actions.push(act(keys::entry(keys::followers(other), since), vec![Condition::Present], loud));
                actions.push(pull(one, other, id));
                let (reader, author) = (one.clone(), other.clone());
                actions.push(self.jobs.put(id, &Task::Welcome { reader, author, since: id }));
            }
            actions.extend(recorded(one, event));
            if self.change(actions).await? {
                return Ok(true);
            }
        }
        Err(Error::Overloaded)
    }
}
