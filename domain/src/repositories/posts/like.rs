use super::add::counted;
use super::codec::LIKES;
use super::{PostStore, act};
use crate::model::event::Event;
use crate::repositories::{delegate_audit, entries, fence, keys};
use crate::{Error, Id, Username};
use item_store::api::{Action, Attributes, Condition, Effect, StoreError};

/// The outcome of a like, or of its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Liked {
    /// It was changed.
    Changed,
    /// It was so before.
    Same,
    /// The post no longer exists.
    Gone,
    /// The account that likes it is deleted.
    FanGone,
}

impl PostStore {
    /// Adds a like. Costs a transaction.
    pub(crate) async fn like(&self, post: Id, who: &Username, event: Option<&Event>) -> Result<Liked, Error> {
        let put = || Effect::Put(entries::person(who));
        let mut actions = vec![
            act(keys::fan(keys::likers(post), who), vec![Condition::Absent], put()),
            act(keys::post(post), vec![Condition::Present], counted(LIKES, 1)),
            act(keys::entry(keys::liked(who), post), Vec::new(), Effect::Put(Attributes::new())),
        ];
        actions.extend(event.map(|event| delegate_audit::record(who, event)));
        let check = actions.len();
        actions.push(fence::check(who, post));
        self.toggle(actions, Some(check)).await
    }

    /// Removes a like. Costs a transaction.
    pub(crate) async fn unlike(&self, post: Id, who: &Username, event: Option<&Event>) -> Result<Liked, Error> {
        let mut actions = vec![
            act(keys::fan(keys::likers(post), who), vec![Condition::Present], Effect::Delete),
            act(keys::post(post), vec![Condition::Present], counted(LIKES, -1)),
            act(keys::entry(keys::liked(who), post), Vec::new(), Effect::Delete),
        ];
        actions.extend(event.map(|event| delegate_audit::record(who, event)));
        self.toggle(actions, None).await
    }

    async fn toggle(&self, actions: Vec<Action>, fence: Option<usize>) -> Result<Liked, Error> {
        match self.tables.transact(actions).await {
            Ok(()) => Ok(Liked::Changed),
            Err(StoreError::ConditionFailed(places)) if fence.is_some_and(|fence| places.contains(&fence)) => {
                Ok(Liked::FanGone)
            }
            Err(StoreError::ConditionFailed(places)) if places.contains(&1) => Ok(Liked::Gone),
            Err(StoreError::ConditionFailed(_)) => Ok(Liked::Same),
            Err(error) => Err(error.into()),
        }
    }
}
