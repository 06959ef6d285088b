use std::sync::Arc;
use twclone_schema::{GRAPH, TIMELINES};

use super::{SINCE, TimelineStore};
use crate::repositories::entries::{self, Entry, Part};
use crate::repositories::graph::{self, Relation};
use crate::repositories::items::number;
use crate::repositories::keys;
use crate::repositories::profiles::{FAN_OUT, LATEST};
use crate::{Error, Id, Username};
use item_store::api::{Action, Attributes, Condition, Direction, Effect, Item, StoreError, Value, Write};

/// Number of entries that a transaction deletes besides its check, as the oldest servers accept it.
const BITE: usize = 9;
/// Number of entries that are searched for those of one author.
const ENTRIES_PER_READ: usize = 200;
/// Number of too old entries that are read at a time.
const OLD: usize = 1_000;
/// Number of writes in a batch.
pub(crate) const BATCH: usize = 25;

/// The outcome of removing an author's posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parting {
    /// Removed up to this entry. There may be more after it.
    Until(Id),
    /// The whole timeline was searched.
    Finished,
    /// The relation has changed, so the posts may have to stay.
    Reunited,
}

impl TimelineStore {
    /// Returns the posts pushed to a home timeline after an id, newest first. Costs a query.
    pub(crate) async fn home(&self, reader: &Username, after: Option<Id>, count: usize) -> Result<Vec<Entry>, Error> {
        Part::newest(TIMELINES, keys::home(reader), after, count).entries(&self.tables).await
    }

    /// Pushes posts to home timelines, at most 25. Idempotent.
    pub(crate) async fn bring(&self, entries: &[(&Username, &Entry)]) -> Result<(), Error> {
        let put = |(reader, entry): &(&Username, &Entry)| {
            let key = keys::entry(keys::home(reader), entry.id);
            Write::Put(TIMELINES, Item { key, attributes: entries::encode(entry) })
        };
        Ok(self.tables.batch_write(entries.iter().map(put).collect()).await?)
    }

    /// Removes a post from home timelines, at most 25.
    pub(crate) async fn take_off(&self, readers: &[Username], post: Id) -> Result<(), Error> {
        let delete = |reader| Write::Delete(TIMELINES, keys::entry(keys::home(reader), post));
        Ok(self.tables.batch_write(readers.iter().map(delete).collect()).await?)
    }

    /// Makes readers pull an author's posts, at most 25.
    pub(crate) async fn let_pull(&self, readers: &[Username], author: &Username, since: Id) -> Result<(), Error> {
        let put = |reader: &Username| {
            let attributes = pulled(author, since);
            Write::Put(TIMELINES, Item { key: keys::pull(reader, author), attributes })
        };
        Ok(self.tables.batch_write(readers.iter().map(put).collect()).await?)
    }

    /// Ends pulling an author whose posts are pushed and are all there, up to the latest, unless pulling began anew
    /// meanwhile. Returns whether it ended or began anew. Otherwise the author has posted, or is no longer pushed.
    pub(crate) async fn end_pull(
        &self,
        reader: &Username,
        author: &Username,
        since: Id,
        latest: Option<Id>,
    ) -> Result<bool, Error> {
        let nothing_since =
            latest.map_or(Condition::AttributeAbsent(LATEST), |id| Condition::Equals(LATEST, number(id)));
        let pushed = Action {
            table: GRAPH,
            key: keys::profile(author),
            conditions: vec![Condition::AttributeAbsent(FAN_OUT), nothing_since],
            effect: Effect::Check,
        };
        let pull = Action {
            table: TIMELINES,
            key: keys::pull(reader, author),
            conditions: vec![Condition::Equals(SINCE, number(since))],
            effect: Effect::Delete,
        };
        match self.tables.transact(vec![pushed, pull]).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(places)) => Ok(places.contains(&1)),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes some of an author's posts after an entry from a home timeline, as long as the relation is as given.
    /// Costs a query and a transaction.
    pub(crate) async fn part(
        &self,
        reader: &Username,
        author: &Username,
        known: &Relation,
        after: Option<Id>,
    ) -> Result<Parting, Error> {
        let entries = self.home(reader, after, ENTRIES_PER_READ).await?;
        let mut last = entries.last().map(|entry| entry.id).filter(|_| entries.len() == ENTRIES_PER_READ);
        let own = entries.into_iter().filter(|entry| entry.author == *author);
        let mut own: Vec<_> = own.map(|entry| entry.id).collect();
        if own.len() > BITE {
            own.truncate(BITE);
            last = own.last().copied();
        }
        if own.is_empty() {
            return Ok(last.map_or(Parting::Finished, Parting::Until));
        }
        let condition = match (known.follows, known.mutes) {
            (Some(_), Some(muted)) => Condition::Equals(graph::MUTES, number(muted)),
            _ => Condition::AttributeAbsent(graph::FOLLOWS),
        };
        let mut actions = vec![Action {
            table: GRAPH,
            key: keys::relation(reader, author),
            conditions: vec![condition],
            effect: Effect::Check,
        }];
        actions.extend(own.into_iter().map(|id| Action {
            table: TIMELINES,
            key: keys::entry(keys::home(reader), id),
            conditions: Vec::new(),
            effect: Effect::Delete,
        }));
        match self.tables.transact(actions).await {
            Ok(()) => Ok(last.map_or(Parting::Finished, Parting::Until)),
            Err(StoreError::ConditionFailed(_)) => Ok(Parting::Reunited),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes all but the newest `keep` entries of a home timeline. Costs a query for each 1,000 deleted entries,
    /// and a batch write for each 25.
    pub(crate) async fn trim(&self, reader: &Username, keep: usize) -> Result<(), Error> {
        loop {
            let part = Part::newest(TIMELINES, keys::home(reader), None, keep + OLD);
            let mut items = part.read(&self.tables).await?;
            let full = items.len() == keep + OLD;
            let old = items.split_off(keep.min(items.len()));
            for items in old.chunks(BATCH) {
                let delete = |item: &Arc<Item>| Write::Delete(TIMELINES, item.key.clone());
                self.tables.batch_write(items.iter().map(delete).collect()).await?;
            }
            if !full {
                return Ok(());
            }
        }
    }

    /// Returns whether there is anything for a reader. Costs two queries.
    pub(crate) async fn has_some(&self, reader: &Username) -> Result<bool, Error> {
        for partition in [keys::home(reader), keys::pulled(reader)] {
            let (table, direction) = (TIMELINES, Direction::Ascending);
            let part = Part { table, partition, direction, after: None, count: 1 };
            if !part.read(&self.tables).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes a batch of everything for a reader. Returns whether there was anything.
    pub(crate) async fn forget_some(&self, reader: &Username) -> Result<bool, Error> {
        for partition in [keys::home(reader), keys::pulled(reader)] {
            let (table, direction) = (TIMELINES, Direction::Ascending);
            let part = Part { table, partition, direction, after: None, count: BATCH };
            let items = part.read(&self.tables).await?;
            if !items.is_empty() {
                let writes = items.into_iter().map(|item| Write::Delete(TIMELINES, item.key.clone())).collect();
                self.tables.batch_write(writes).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Encodes that an author is pulled since an id.
pub(in crate::repositories) fn pulled(author: &Username, since: Id) -> Attributes {
    let name = Value::text(author.as_str());
    Attributes::from_iter([(entries::AUTHOR.into(), name), (SINCE.into(), number(since))])
}
