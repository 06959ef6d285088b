use super::codec::{COMMENTS, EDITED_AT, REPOSTS, REVISION, TEXT, encode, entry};
use super::{Companions, PostStore, act, list};
use crate::model::post::Post;
use crate::repositories::graph::count;
use crate::repositories::items::{number, time};
use crate::repositories::jobs::Task;
use crate::repositories::profiles::{LATEST, POSTS};
use crate::repositories::{delegate_audit, entries, fence, kept, keys};
use crate::{Error, PostText, Timestamp};
use item_store::api::{Action, Attributes, Change, Condition, Effect, StoreError, Value};
use twclone_schema::TIMELINES;

/// Maximum number of actions in a transaction, as the oldest servers accept it.
const ACTIONS: usize = 10;

/// Index of the action that counts the post in its author's profile. It fails if the author is deleted.
const COUNT: usize = 1;

/// The outcome of adding a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    /// It was added.
    New,
    /// The post that it reposts or comments on no longer exists.
    Orphan,
    /// Its author has reposted the same post before.
    Again,
    /// Its author's account is deleted.
    AuthorGone,
}

impl PostStore {
    /// Adds a post, in one transaction with everything that belongs to it.
    ///
    /// # Errors
    /// `Conflict` if the idempotency key is known.
    pub(crate) async fn add(&self, post: &Post, with: &Companions) -> Result<Added, Error> {
        let mut actions = additions(post);
        let (mut parent, mut again) = (None, None);
        if let Some(original) = post.repost_of {
            parent = Some(actions.len());
            actions.push(act(keys::post(original), vec![Condition::Present], counted(REPOSTS, 1)));
            again = Some(actions.len());
            let own = Attributes::from_iter([("id".into(), number(post.id)), person(post)]);
            let key = keys::fan(keys::reposters(original), &post.author);
            actions.push(act(key, vec![Condition::Absent], Effect::Put(own)));
        }
        if let Some(commented) = post.reply_to {
            parent = Some(actions.len());
            actions.push(act(keys::post(commented), vec![Condition::Present], counted(COMMENTS, 1)));
        } else {
            actions.push(self.jobs.put(with.job.unwrap_or(post.id), &Task::Push(entry(post))));
        }
        actions.extend(with.kept.as_ref().map(|kept| kept::remember(kept, encode(post), post.created_at)));
        actions.extend(with.event.as_ref().map(|event| delegate_audit::record(&post.author, event)));
        let part = keys::public_part(post.id);
        let is_new_part = post.reply_to.is_none() && !self.knows(&part);
        if is_new_part {
            if actions.len() < ACTIONS {
                actions.push(public_part(&part));
            } else {
                // An empty part does no harm.
                self.tables.transact(vec![public_part(&part)]).await?;
            }
        }
        match self.tables.transact(actions).await {
            Ok(()) => {}
            Err(StoreError::ConditionFailed(places)) => {
                let at = |place: Option<usize>| place.is_some_and(|place| places.contains(&place));
                return match () {
                    () if at(Some(COUNT)) => Ok(Added::AuthorGone),
                    () if at(again) => Ok(Added::Again),
                    () if at(parent) => Ok(Added::Orphan),
                    () => Err(kept::busy()),
                };
            }
            Err(error) => return Err(error.into()),
        }
        if is_new_part {
            self.learn(part);
        }
        self.jobs.notify();
        Ok(Added::New)
    }

    /// Changes the text of a post, and stores the old one. Returns whether the post was still as it was read.
    pub(crate) async fn edit(
        &self,
        post: &Post,
        text: &PostText,
        now: Timestamp,
        with: &Companions,
    ) -> Result<bool, Error> {
        let said = post.text.as_ref().map(|said| Value::text(said.as_str()));
        let revision = Attributes::from_iter([
            (TEXT.into(), said.unwrap_or_else(|| Value::text(""))),
            ("since".into(), time(post.edited_at.unwrap_or(post.created_at))),
            ("until".into(), time(now)),
        ]);
        let unedited = match post.revision {
            0 => Condition::AttributeAbsent(REVISION),
            number => Condition::Equals(REVISION, Value::Number(number.into())),
        };
        let changes = vec![
            Change::Set(TEXT, Value::text(text.as_str())),
            Change::Set(EDITED_AT, time(now)),
            Change::Set(REVISION, Value::Number(i64::from(post.revision) + 1)),
        ];
        let mut actions = vec![
            act(keys::post(post.id), vec![Condition::Present, unedited], Effect::Update(changes)),
            act(keys::revision(post.id, post.revision + 1), Vec::new(), Effect::Put(revision)),
        ];
        actions.extend(with.event.as_ref().map(|event| delegate_audit::record(&post.author, event)));
        match self.tables.transact(actions).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns the actions that add any post: first the post itself, then its count, unless its author is deleted, then
/// its entries.
fn additions(post: &Post) -> Vec<Action> {
    let entry = entry(post);
    let own = |key| act(key, Vec::new(), Effect::Put(entries::encode(&entry)));
    let mut actions = vec![act(keys::post(post.id), vec![Condition::Absent], Effect::Put(encode(post)))];
    if let Some(commented) = post.reply_to {
        actions.push(fence::unfenced(count(&post.author, POSTS, 1)));
        actions.push(own(keys::entry(keys::commented(&post.author), post.id)));
        actions.push(own(keys::entry(keys::comments(commented), post.id)));
    } else {
        actions.push(fence::unfenced(posted(post)));
        actions.push(own(keys::entry(keys::authored(&post.author), post.id)));
        actions.push(list(keys::entry(keys::home(&post.author), post.id), &entry));
        actions.push(list(keys::entry(keys::public(&keys::public_part(post.id)), post.id), &entry));
    }
    actions
}

/// Returns the action that counts a post in its author's profile, and sets it as their latest.
fn posted(post: &Post) -> Action {
    let effect = Effect::Update(vec![Change::Add(POSTS, 1), Change::Set(LATEST, number(post.id))]);
    Action { effect, ..count(&post.author, POSTS, 1) }
}

fn public_part(part: &str) -> Action {
    Action {
        table: TIMELINES,
        key: keys::public_index(part),
        conditions: Vec::new(),
        effect: Effect::Put(Attributes::new()),
    }
}

fn person(post: &Post) -> (compact_str::CompactString, Value) {
    (entries::WHO.into(), Value::text(post.author.as_str()))
}

/// Returns the effect that changes a counter of a post.
pub(super) fn counted(what: &'static str, how_many: i64) -> Effect {
    Effect::Update(vec![Change::Add(what, how_many)])
}
