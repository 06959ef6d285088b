use std::sync::Arc;

use super::{SINCE, TimelineStore};
use crate::item_store::api::{Action, Attributes, Condition, Direction, Effect, Item, StoreError, Table, Value, Write};
use crate::repositories::entries::{self, Entry, Part};
use crate::repositories::graph::{self, Relation};
use crate::repositories::items::number;
use crate::repositories::keys;
use crate::repositories::profiles::{FAN_OUT, LATEST};
use crate::{Error, Id, Username};

/// How many entries a transaction takes off beside its check: what the oldest servers take.
const BITE: usize = 9;
/// How many entries are looked at for those of one author.
const ENTRIES_PER_READ: usize = 200;
/// How many entries that are too old are read at a time.
const OLD: usize = 1_000;
/// How many writes a batch has.
pub(crate) const BATCH: usize = 25;

/// What became of taking an author's posts off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parting {
    /// Up to this entry; there may be more behind it.
    Until(Id),
    /// The timeline was looked through.
    Finished,
    /// The two have to do with each other again: what stands there is to stay.
    Reunited,
}

impl TimelineStore {
    /// What was brought to somebody's home timeline, newest first, behind an id. Costs a query.
    pub(crate) async fn home(&self, reader: &Username, after: Option<Id>, count: usize) -> Result<Vec<Entry>, Error> {
        Part::newest(Table::Timelines, keys::home(reader), after, count).entries(&self.tables).await
    }

    /// Brings posts to home timelines; at most 25. Doing it again harms nothing.
    pub(crate) async fn bring(&self, entries: &[(&Username, &Entry)]) -> Result<(), Error> {
        let put = |(reader, entry): &(&Username, &Entry)| {
            let key = keys::entry(keys::home(reader), entry.id);
            Write::Put(Table::Timelines, Item { key, attributes: entries::encode(entry) })
        };
        Ok(self.tables.batch_write(entries.iter().map(put).collect()).await?)
    }

    /// Takes a post off home timelines; at most 25.
    pub(crate) async fn take_off(&self, readers: &[Username], post: Id) -> Result<(), Error> {
        let delete = |reader| Write::Delete(Table::Timelines, keys::entry(keys::home(reader), post));
        Ok(self.tables.batch_write(readers.iter().map(delete).collect()).await?)
    }

    /// Lets readers pull an author's posts; at most 25.
    pub(crate) async fn let_pull(&self, readers: &[Username], author: &Username, since: Id) -> Result<(), Error> {
        let put = |reader: &Username| {
            let attributes = pulled(author, since);
            Write::Put(Table::Timelines, Item { key: keys::pull(reader, author), attributes })
        };
        Ok(self.tables.batch_write(readers.iter().map(put).collect()).await?)
    }

    /// Ends the pulling of an author who is pushed and whose posts are all there, up to his latest, unless it began anew
    /// meanwhile. Answers whether it has ended or began anew: where it did not, he has posted, or is pushed no more.
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
            table: Table::Graph,
            key: keys::profile(author),
            conditions: vec![Condition::AttributeAbsent(FAN_OUT), nothing_since],
            effect: Effect::Check,
        };
        let pull = Action {
            table: Table::Timelines,
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

    /// Takes some of an author's posts off somebody's home timeline, behind an entry, as long as the two have to do with
    /// each other what they are said to. Costs a query and a transaction.
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
            table: Table::Graph,
            key: keys::relation(reader, author),
            conditions: vec![condition],
            effect: Effect::Check,
        }];
        actions.extend(own.into_iter().map(|id| Action {
            table: Table::Timelines,
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

    /// Takes off what stands behind the newest so many of somebody's home timeline. Costs a query for each 1,000 entries
    /// that are taken off, and a batch for each 25.
    pub(crate) async fn trim(&self, reader: &Username, keep: usize) -> Result<(), Error> {
        loop {
            let part = Part::newest(Table::Timelines, keys::home(reader), None, keep + OLD);
            let mut items = part.read(&self.tables).await?;
            let full = items.len() == keep + OLD;
            let old = items.split_off(keep.min(items.len()));
            for items in old.chunks(BATCH) {
                let delete = |item: &Arc<Item>| Write::Delete(Table::Timelines, item.key.clone());
                self.tables.batch_write(items.iter().map(delete).collect()).await?;
            }
            if !full {
                return Ok(());
            }
        }
    }

    /// Whether anything stands for a reader. Costs two queries.
    pub(crate) async fn has_some(&self, reader: &Username) -> Result<bool, Error> {
        for partition in [keys::home(reader), keys::pulled(reader)] {
            let (table, direction) = (Table::Timelines, Direction::Ascending);
            let part = Part { table, partition, direction, after: None, count: 1 };
            if !part.read(&self.tables).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes away some of all that stands for a reader. Answers whether there was anything.
    pub(crate) async fn forget_some(&self, reader: &Username) -> Result<bool, Error> {
        for partition in [keys::home(reader), keys::pulled(reader)] {
            let (table, direction) = (Table::Timelines, Direction::Ascending);
            let part = Part { table, partition, direction, after: None, count: BATCH };
            let items = part.read(&self.tables).await?;
            if !items.is_empty() {
                let writes = items.into_iter().map(|item| Write::Delete(Table::Timelines, item.key.clone())).collect();
                self.tables.batch_write(writes).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// That an author is pulled, since then.
pub(in crate::repositories) fn pulled(author: &Username, since: Id) -> Attributes {
    let name = Value::text(author.as_str());
    Attributes::from_iter([(entries::AUTHOR.into(), name), (SINCE.into(), number(since))])
}
