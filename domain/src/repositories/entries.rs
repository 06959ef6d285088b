//! Lists of posts and people. The entries are only references. Readers look up the post, because it can change or be
//! deleted.

use std::sync::Arc;

use compact_str::CompactString;

use super::items::{Reader, number};
use super::keys;
use crate::{Error, Id, Username};
use item_store::Tables;
use item_store::api::{Attributes, Direction, Item, Query, SortRange, StoreError, Table, Value};

pub(super) const AUTHOR: &str = "by";
pub(super) const ORIGINAL: &str = "of";
pub(super) const ORIGINAL_AUTHOR: &str = "whose";
/// The person in an entry of a list of people.
pub(super) const WHO: &str = "who";

/// A post in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: Id,
    pub(crate) author: Username,
    /// For a repost, the original and its author.
    pub(crate) original: Option<(Id, Username)>,
}

/// Maximum number of items in one query.
const LONGEST: u32 = 5_000;

/// A part of a list that can be long.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) table: Table,
    pub(super) partition: CompactString,
    pub(super) direction: Direction,
    /// The sort key after which the part begins.
    pub(super) after: Option<CompactString>,
    pub(super) count: usize,
}

impl Part {
    /// The newest entries of a list after an id.
    pub(super) fn newest(table: Table, partition: CompactString, after: Option<Id>, count: usize) -> Self {
        Self { table, partition, direction: Direction::Descending, after: after.map(keys::id), count }
    }

    /// The oldest entries of a list after an id.
    pub(super) fn oldest(table: Table, partition: CompactString, after: Option<Id>, count: usize) -> Self {
        Self { direction: Direction::Ascending, ..Self::newest(table, partition, after, count) }
    }

    /// Returns the query for the part, or for its beginning.
    pub(super) fn query(self) -> Query {
        Query {
            table: self.table,
            partition: self.partition,
            range: SortRange::All,
            direction: self.direction,
            limit: u32::try_from(self.count).unwrap_or(u32::MAX).min(LONGEST),
            after: self.after,
        }
    }

    /// Reads the part, at most `count` items. Costs a query for each 5,000 items, and more only if a page ends early,
    /// at 1 MB.
    pub(super) async fn read(self, tables: &Tables) -> Result<Vec<Arc<Item>>, StoreError> {
        let count = self.count;
        let mut query = self.query();
        let mut items = Vec::new();
        loop {
            let page = tables.query(query.clone()).await?;
            items.extend(page.items);
            if page.next.is_none() || items.len() >= count {
                items.truncate(count);
                return Ok(items);
            }
            query.after = page.next;
        }
    }

    /// Reads a part of a list of posts.
    pub(super) async fn entries(self, tables: &Tables) -> Result<Vec<Entry>, Error> {
        Ok(decode_all(self.read(tables).await?.iter())?)
    }

    /// Reads a part of a list of people. Returns each with the id of the entry.
    pub(super) async fn people(self, tables: &Tables) -> Result<Vec<(Id, Username)>, Error> {
        let people = self.read(tables).await?.into_iter().map(|item| Ok((id(&item)?, who(&item.attributes)?)));
        Ok(people.collect::<Result<_, StoreError>>()?)
    }
}

/// Encodes an entry.
pub(super) fn encode(entry: &Entry) -> Attributes {
    let mut attributes = Attributes::from_iter([(AUTHOR.into(), Value::text(entry.author.as_str()))]);
    if let Some((original, author)) = &entry.original {
        attributes.insert(ORIGINAL.into(), number(*original));
        attributes.insert(ORIGINAL_AUTHOR.into(), Value::text(author.as_str()));
    }
    attributes
}

/// Decodes the entry in an item.
pub(super) fn decode(item: &Item) -> Result<Entry, StoreError> {
    let attributes = &item.attributes;
    Ok(Entry { id: id(item)?, author: name(attributes, AUTHOR)?, original: original(attributes)? })
}

/// Decodes the entries in these items.
pub(super) fn decode_all<'a>(items: impl ExactSizeIterator<Item = &'a Arc<Item>>) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::with_capacity(items.len());
    for item in items {
        entries.push(decode(item)?);
    }
    Ok(entries)
}

/// Returns the original of a repost, and its author.
pub(super) fn original(attributes: &Attributes) -> Result<Option<(Id, Username)>, StoreError> {
    if !attributes.contains_key(ORIGINAL) {
        return Ok(None);
    }
    let original = Id::new(Reader(attributes).number(ORIGINAL)?);
    let original = original.ok_or_else(|| StoreError::Corrupt(format!("the attribute {ORIGINAL} is no id")))?;
    Ok(Some((original, name(attributes, ORIGINAL_AUTHOR)?)))
}

/// Returns the id in an item's sort key.
pub(super) fn id(item: &Item) -> Result<Id, StoreError> {
    keys::read_id(&item.key.sort).ok_or_else(|| StoreError::Corrupt(format!("the key {} is no id", item.key.sort)))
}

/// Returns the user name in an attribute.
pub(super) fn name(attributes: &Attributes, attribute: &str) -> Result<Username, StoreError> {
    let reader = Reader(attributes);
    reader.text(attribute)?.parse().map_err(|fault| StoreError::Corrupt(format!("the attribute {attribute} {fault}")))
}

/// Returns the person in an entry.
pub(super) fn who(attributes: &Attributes) -> Result<Username, StoreError> {
    name(attributes, WHO)
}

/// Encodes an entry of a list of people.
pub(super) fn person(who: &Username) -> Attributes {
    Attributes::from_iter([(WHO.into(), Value::text(who.as_str()))])
}
