//! A call to the seam as a value, so that it can be drawn, shrunk, shown and made on every engine.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::sync::Arc;

use compact_str::CompactString;
use item_store::Tables;
use item_store::api::{Action, Item, Key, Query, QueryPage, StoreError, Table, Write};

/// How long a [`Call::under`]'s prefix is, so that items of an exact size can be drawn.
pub(super) const PREFIX_BYTES: usize = 8;

#[derive(Debug, Clone)]
pub(super) enum Call {
    Get(Table, Key),
    BatchGet(Table, Vec<Key>),
    BatchGetAcross(Vec<(Table, Key)>),
    Query(Query),
    /// Queries, and the items of another table under the keys that they find.
    QueryAndGet(Vec<Query>, Table),
    Transact(Vec<Action>),
    BatchWrite(Vec<Write>),
}

/// What a call was answered, as far as engines have to agree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Item(Option<Arc<Item>>),
    /// In the order of their keys: a batch has none of its own.
    Items(Vec<Arc<Item>>),
    /// In the order of their tables and keys.
    Placed(Vec<(Table, Arc<Item>)>),
    Page(QueryPage),
    /// Page by page, and in the order of their keys.
    Referred(Vec<Vec<Arc<Item>>>, Vec<Arc<Item>>),
    Written,
    Failed(Vec<usize>),
    /// Not why: each engine has its own words for that.
    Refused,
    Broken(StoreError),
}

impl Call {
    /// The same in partitions of a sequence's own, so that sequences share tables and do not meet. What is
    /// wrong with a key stays wrong.
    pub(super) fn under(mut self, prefix: &str) -> Self {
        assert_eq!(prefix.len(), PREFIX_BYTES);
        let own = |partition: &mut CompactString| {
            if !partition.is_empty() {
                partition.insert_str(0, prefix);
            }
        };
        match &mut self {
            Self::Get(_, key) => own(&mut key.partition),
            Self::BatchGet(_, keys) => keys.iter_mut().for_each(|key| own(&mut key.partition)),
            Self::BatchGetAcross(keys) => keys.iter_mut().for_each(|(_, key)| own(&mut key.partition)),
            Self::Query(query) => own(&mut query.partition),
            Self::QueryAndGet(queries, _) => queries.iter_mut().for_each(|query| own(&mut query.partition)),
            Self::Transact(actions) => actions.iter_mut().for_each(|action| own(&mut action.key.partition)),
            Self::BatchWrite(writes) => writes.iter_mut().for_each(|write| match write {
                Write::Put(_, Item { key, .. }) | Write::Delete(_, key) => own(&mut key.partition),
            }),
        }
        self
    }

    pub(super) async fn make(self, tables: Tables) -> Answer {
        let answer = match self {
            Self::Get(table, key) => tables.get(table, key).await.map(Answer::Item),
            Self::BatchGet(table, keys) => tables.batch_get(table, keys).await.map(|mut items| {
                items.sort_by(|one, other| one.key.cmp(&other.key));
                Answer::Items(items)
            }),
            Self::BatchGetAcross(keys) => tables.batch_get_across(keys).await.map(|mut items| {
                items.sort_by(|(table, one), (other_table, other)| (table, &one.key).cmp(&(other_table, &other.key)));
                Answer::Placed(items)
            }),
            Self::Query(query) => tables.query(query).await.map(Answer::Page),
            Self::QueryAndGet(queries, table) => {
                let refer = move |pages: &[QueryPage]| Ok(named(pages).into_iter().map(|key| (table, key)).collect());
                tables.query_and_get(queries, Box::new(refer)).await.map(|(pages, items)| {
                    let mut items: Vec<_> = items.into_iter().map(|(_, item)| item).collect();
                    items.sort_by(|one, other| one.key.cmp(&other.key));
                    Answer::Referred(pages.into_iter().map(|page| page.items).collect(), items)
                })
            }
            Self::Transact(actions) => tables.transact(actions).await.map(|()| Answer::Written),
            Self::BatchWrite(writes) => tables.batch_write(writes).await.map(|()| Answer::Written),
        };
        answer.unwrap_or_else(|error| match error {
            StoreError::ConditionFailed(places) => Answer::Failed(places),
            StoreError::Invalid(_) => Answer::Refused,
            error => Answer::Broken(error),
        })
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Get(..) => "get",
            Self::BatchGet(..) => "batch_get",
            Self::BatchGetAcross(_) => "batch_get_across",
            Self::Query(_) => "query",
            Self::QueryAndGet(..) => "query_and_get",
            Self::Transact(_) => "transact",
            Self::BatchWrite(_) => "batch_write",
        }
    }
}

impl Answer {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Item(None) => "nothing",
            Self::Items(items) if items.is_empty() => "nothing",
            Self::Placed(items) if items.is_empty() => "nothing",
            Self::Placed(items) if items.iter().any(|(table, _)| *table != items[0].0) => "found in several tables",
            Self::Page(page) if page.items.is_empty() => "nothing",
            Self::Referred(_, items) if items.is_empty() => "nothing",
            Self::Page(QueryPage { next: Some(_), .. }) => "a full page",
            Self::Item(_) | Self::Items(_) | Self::Placed(_) | Self::Page(_) | Self::Referred(..) => "found",
            Self::Written => "written",
            Self::Failed(_) => "condition failed",
            Self::Refused => "refused",
            Self::Broken(_) => "broken",
        }
    }
}

/// The keys on some pages, each once.
pub(super) fn named(pages: &[QueryPage]) -> BTreeSet<Key> {
    pages.iter().flat_map(|page| &page.items).map(|item| item.key.clone()).collect()
}

/// How a call or an answer looks in a failure: letters that come again and again are counted.
pub(super) fn readable(shown: &impl Debug) -> String {
    let mut text = String::new();
    let letters: Vec<_> = format!("{shown:?}").chars().collect();
    for run in letters.chunk_by(|one, other| one == other) {
        if run.len() > 20 {
            write!(text, "{}..{} times..", run[0], run.len()).unwrap();
        } else {
            text.extend(run);
        }
    }
    text
}
