use std::sync::Arc;
use twclone_schema::{GRAPH, POSTS, TIMELINES};

use foldhash::{HashMap, HashMapExt as _};
use futures_util::future::try_join_all;

use super::PostStore;
use super::codec::decode;
use crate::model::post::Post;
use crate::repositories::entries::{self, Entry, Part};
use crate::repositories::graph::{Relation, relation};
use crate::repositories::items::{self, Reader};
use crate::repositories::keys;
use crate::{Error, Id, Username};
use item_store::api::{Item, Key, Refer, SORT, StoreError, Table};

/// Number of items in a batch get.
const BATCH: usize = 100;

/// A list of posts. All of it is in one partition, except for the posts that a reader pulls.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Listed<'a> {
    /// The posts pushed to a home timeline, newest first.
    Home(&'a Username),
    /// The posts and reposts of an account, newest first.
    Author(&'a Username),
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The entries, with one more than requested, if there is one.
    pub(crate) entries: Vec<Entry>,
    /// The authors whose posts have to be pulled.
    pub(crate) pulled: Vec<Username>,
    /// What is needed to show the requested entries, if it was read with them: not if there are authors to pull, or
    /// too many items.
    pub(crate) context: Option<ReadContext>,
}

/// What is needed to show posts to a reader.
#[derive(Debug, Default)]
pub(crate) struct ReadContext {
    posts: HashMap<Id, Arc<Item>>,
    /// The relations of the reader to authors.
    relations: HashMap<Username, Relation>,
}

impl ReadContext {
    /// Returns whether a post exists.
    pub(crate) fn has(&self, post: Id) -> bool {
        self.posts.contains_key(&post)
    }

    /// Returns a post, if it exists.
    pub(crate) fn post(&self, id: Id) -> Result<Option<Post>, StoreError> {
        self.posts.get(&id).map(|item| decode(&item.attributes)).transpose()
    }

    pub(crate) fn relation(&self, to: &Username) -> Relation {
        self.relations.get(to).copied().unwrap_or_default()
    }

    fn of(items: Vec<(Table, Arc<Item>)>) -> Result<Self, StoreError> {
        let mut context =
            Self { posts: HashMap::with_capacity(items.len()), relations: HashMap::with_capacity(items.len()) };
        for (table, item) in items {
            if table == POSTS {
                context.posts.insert(Reader(&item.attributes).id()?, item);
            } else {
                let name = items::parse(SORT, &item.key.sort)?;
                context.relations.insert(name, relation(&item.attributes)?);
            }
        }
        Ok(context)
    }
}

impl PostStore {
    /// Returns a page of a list after an id, and what is needed to show it to a reader. Costs a query (two for a home
    /// timeline) and a batch get, and more if a page ends early, at 1 MB.
    pub(crate) async fn list(
        &self,
        list: Listed<'_>,
        after: Option<Id>,
        count: usize,
        reader: Option<&Username>,
    ) -> Result<Listing, Error> {
        let parts = match list {
            // Authors to pull come first: if pulling one ends between the two queries, their posts have been pushed
            // before.
            Listed::Home(owner) => vec![
                Part::oldest(TIMELINES, keys::pulled(owner), None, usize::MAX),
                Part::newest(TIMELINES, keys::home(owner), after, count + 1),
            ],
            Listed::Author(author) => vec![Part::newest(POSTS, keys::authored(author), after, count + 1)],
        };
        let own = reader.cloned();
        let refer: Refer = Box::new(move |pages| match pages {
            [others @ .., page] if others.iter().all(|other| other.items.is_empty()) => {
                let entries = entries::decode_all(page.items.iter().take(count))?;
                Ok(if fits(&entries) { needed(&entries, own.as_ref()) } else { Vec::new() })
            }
            _ => Ok(Vec::new()),
        });
        let queries = parts.iter().cloned().map(Part::query).collect();
        let (pages, items) = self.tables.query_and_get(queries, refer).await?;
        let (mut found, mut whole) = (Vec::with_capacity(parts.len()), true);
        for (part, page) in parts.into_iter().zip(pages) {
            let ends_early = page.next.is_some() && page.items.len() < part.count;
            whole &= !ends_early;
            found.push(if ends_early { part.read(&self.tables).await? } else { page.items });
        }
        let entries = found.pop().unwrap_or_default();
        let entries = entries::decode_all(entries.iter())?;
        let author = |item: &Arc<Item>| entries::name(&item.attributes, entries::AUTHOR);
        let pulled: Vec<_> = found.iter().flatten().map(author).collect::<Result<_, _>>()?;
        let was_read = whole && pulled.is_empty() && fits(entries.get(..count).unwrap_or(&entries));
        let context = if was_read { Some(ReadContext::of(items)?) } else { None };
        Ok(Listing { entries, pulled, context })
    }

    /// Reads what is needed to show posts to a reader: those that exist, and the reader's relations to their authors.
    /// Costs a batch get; for more than 100 items one for each 100, concurrently.
    pub(crate) async fn read_context(
        &self,
        entries: &[Entry],
        reader: Option<&Username>,
    ) -> Result<ReadContext, Error> {
        let mut wanted = needed(entries, reader);
        let mut reading = Vec::with_capacity(1);
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(BATCH));
            reading.push(self.tables.batch_get_across(std::mem::replace(&mut wanted, rest)));
        }
        Ok(ReadContext::of(try_join_all(reading).await?.concat())?)
    }
}

/// Returns whether one batch get can read what these entries need.
fn fits(entries: &[Entry]) -> bool {
    entries.iter().map(|entry| if entry.original.is_some() { 4 } else { 2 }).sum::<usize>() <= BATCH
}

/// Returns the keys of what is needed to show posts to a reader: the posts, and the relations to their authors.
fn needed(entries: &[Entry], reader: Option<&Username>) -> Vec<(Table, Key)> {
    let mut posts = Vec::with_capacity(entries.len());
    let mut authors = Vec::with_capacity(entries.len());
    for Entry { id, author, original } in entries {
        posts.push(*id);
        authors.push(author);
        if let Some((id, author)) = original {
            posts.push(*id);
            authors.push(author);
        }
    }
    posts.sort_unstable();
    posts.dedup();
    let mut needed: Vec<_> = posts.into_iter().map(|post| (POSTS, keys::post(post))).collect();
    if let Some(reader) = reader {
        authors.retain(|author| *author != reader);
        let mut relations: Vec<_> = authors.into_iter().map(|author| keys::relation(reader, author)).collect();
        relations.sort_unstable();
        relations.dedup();
        needed.extend(relations.into_iter().map(|key| (GRAPH, key)));
    }
    needed
}
