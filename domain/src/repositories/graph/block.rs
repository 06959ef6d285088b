use super::{BLOCKED, BLOCKS, Changed, GraphStore, enlist, recorded, set, strike, unset};
use crate::model::event::Event;
use crate::repositories::jobs::Task;
use crate::repositories::keys;
use crate::{Error, Id, Username};
use item_store::retry::RACES;

impl GraphStore {
    /// Stores a block in both relations. Ending the follows between the two is left to the caller, and to a job that
    /// this adds.
    pub(crate) async fn block(
        &self,
        one: &Username,
        other: &Username,
        id: Id,
        event: Option<&Event>,
    ) -> Result<Changed, Error> {
        for _ in 0..RACES {
            let (known, turned) = tokio::try_join!(self.relation(one, other), self.relation(other, one))?;
            if known.blocks.is_some() {
                return Ok(Changed::Same);
            }
            let mut actions = vec![
                set(keys::relation(one, other), &known, BLOCKS, id),
                set(keys::relation(other, one), &turned, BLOCKED, id),
                enlist(keys::blocks(one), id, other),
                self.jobs.put(id, &Task::Sever { one: one.clone(), other: other.clone() }),
            ];
            actions.extend(recorded(one, event));
            if let Some(changed) = self.change_of(one, id, actions).await? {
                return Ok(changed);
            }
        }
        Err(Error::Overloaded)
    }

    /// Ends a block. Returns whether there was one.
    pub(crate) async fn unblock(&self, one: &Username, other: &Username, event: Option<&Event>) -> Result<bool, Error> {
        for _ in 0..RACES {
            let (known, turned) = tokio::try_join!(self.relation(one, other), self.relation(other, one))?;
            let Some(since) = known.blocks else { return Ok(false) };
            let mut actions = vec![
                unset(keys::relation(one, other), &known, BLOCKS),
                unset(keys::relation(other, one), &turned, BLOCKED),
                strike(keys::blocks(one), since),
            ];
            actions.extend(recorded(one, event));
            if self.change(actions).await? {
                return Ok(true);
            }
        }
        Err(Error::Overloaded)
    }
}
