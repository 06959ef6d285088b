//! Checks for the doctor that the counters of each post agree with its lists.

use super::PostStore;
use super::codec::{COMMENTS, LIKES, REPOSTS};
use crate::repositories::entries::Part;
use crate::repositories::keys::{self, Counted};
use crate::{Error, Id};
use item_store::api::{Action, Attributes, Change, Condition, Effect, Item, Key, StoreError, Value};
use item_store::retry::RACES;
use twclone_schema::POSTS;

/// Maximum number of items in a page.
const PAGE: u32 = 1_000;
/// The counters of a post.
const COUNTERS: [&str; 3] = [LIKES, REPOSTS, COMMENTS];

/// A page of the table.
#[derive(Debug, Default)]
pub(crate) struct Inspected {
    pub(crate) items: u64,
    /// For posts with an item on the page: the number of entries of each kind, minus the counters of the post.
    pub(crate) sums: Vec<(Id, [i64; 3])>,
    /// The key after which to continue.
    pub(crate) next: Option<Key>,
}

/// The counters of a post or tombstone, and the lengths of its lists.
struct Tally {
    key: Key,
    known: Attributes,
    found: Vec<(&'static str, i64)>,
}

impl PostStore {
    /// Reads a page of the table.
    pub(crate) async fn inspect(&self, after: Option<Key>) -> Result<Inspected, Error> {
        let page = self.tables.scan(POSTS, after, PAGE).await?;
        let sums = page.items.iter().filter_map(sum).collect();
        Ok(Inspected { items: page.items.len() as u64, sums, next: page.next })
    }

    /// Describes how the counters of a post differ from its lists. Returns `None` if they agree, or if
    /// neither the post nor a tombstone exists, because a job deletes the lists of a deleted post. Costs 1–2 gets, and
    /// a query for each kind and 5,000 entries.
    pub(crate) async fn miscounted(&self, post: Id) -> Result<Option<String>, Error> {
        let Some(tally) = self.tally(post).await? else { return Ok(None) };
        let differing = tally.found.iter().filter_map(|(what, count)| {
            let known = number(&tally.known, what);
            (known != *count).then(|| format!("{known} {what}, but there are {count}"))
        });
        let differing: Vec<_> = differing.collect();
        Ok((!differing.is_empty()).then(|| differing.join("; ")))
    }

    /// Sets the counters of a post to the lengths of its lists. Costs the reads of `miscounted`, and a transaction.
    pub(crate) async fn recount(&self, post: Id) -> Result<(), Error> {
        for _ in 0..RACES {
            let Some(Tally { key, known, found }) = self.tally(post).await? else { return Ok(()) };
            let as_known = found.iter().map(|(what, _)| match known.get(*what) {
                Some(value) => Condition::Equals(what, value.clone()),
                None => Condition::AttributeAbsent(what),
            });
            let conditions = [Condition::Present].into_iter().chain(as_known).collect();
            let changes = found.iter().map(|(what, count)| Change::Set(what, Value::Number(*count))).collect();
            let action = Action { table: POSTS, key, conditions, effect: Effect::Update(changes) };
            match self.tables.transact(vec![action]).await {
                Ok(()) => return Ok(()),
                // The counters changed meanwhile, or the post was deleted.
                Err(StoreError::ConditionFailed(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Overloaded)
    }

    async fn tally(&self, post: Id) -> Result<Option<Tally>, Error> {
        let mut found = Vec::new();
        for (key, counters) in [(keys::post(post), &COUNTERS[..]), (keys::tombstone(post), &[COMMENTS])] {
            let Some(item) = self.tables.get(POSTS, key.clone()).await? else { continue };
            for what in counters {
                let list = match *what {
                    LIKES => keys::likers(post),
                    REPOSTS => keys::reposters(post),
                    _ => keys::comments(post),
                };
                let entries = Part::newest(POSTS, list, None, usize::MAX).read(&self.tables).await?;
                found.push((*what, i64::try_from(entries.len()).unwrap_or(i64::MAX)));
            }
            return Ok(Some(Tally { key, known: item.attributes.clone(), found }));
        }
        Ok(None)
    }
}

fn sum(item: &Item) -> Option<(Id, [i64; 3])> {
    let (post, counted) = keys::counted(&item.key)?;
    let sums = match counted {
        Counted::Counters => COUNTERS.map(|what| -number(&item.attributes, what)),
        Counted::Like => [1, 0, 0],
        Counted::Repost => [0, 1, 0],
        Counted::Comment => [0, 0, 1],
    };
    Some((post, sums)).filter(|(_, sums)| *sums != [0; 3])
}

fn number(attributes: &Attributes, what: &str) -> i64 {
    match attributes.get(what) {
        Some(Value::Number(number)) => *number,
        _ => 0,
    }
}
