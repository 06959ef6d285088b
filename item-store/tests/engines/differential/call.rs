//! A call to the store as a value, so that it can be generated, shrunk, shown and made on every engine.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::sync::Arc;

use compact_str::CompactString;
use item_store::Tables;
use item_store::api::{Action, Item, Key, Query, QueryPage, StoreError, Table, Write};

/// Length of a prefix for [`Call::under`], in bytes, so that items of an exact size can be generated.
pub(super) const PREFIX_BYTES: usize = 8;

#[derive(Debug, Clone)]
pub(super) enum Call {
    Get(Table, Key),
    BatchGet(Table, Vec<Key>),
    BatchGetAcross(Vec<(Table, Key)>),
    Query(Query),
    /// Queries, and a read of the keys that they find in another table.
    QueryAndGet(Vec<Query>, Table),
    Transact(Vec<Action>),
    BatchWrite(Vec<Write>),
}

/// The result of a call, as far as engines have to agree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Item(Option<Arc<Item>>),
    /// Sorted by key: a batch has no order of its own.
    Items(Vec<Arc<Item>>),
    /// Sorted by table and key.
    Placed(Vec<(Table, Arc<Item>)>),
    Page(QueryPage),
    /// The items of each page, and the items of the other table, sorted by key.
    Referred(Vec<Vec<Arc<Item>>>, Vec<Arc<Item>>),
    Written,
    Failed(Vec<usize>),
    /// Without the reason, which each engine words differently.
    Refused,
    Broken(StoreError),
}

impl Call {
    /// Moves the call to partitions of its own sequence, so that sequences can share tables. An invalid key stays
    /// invalid.
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

/// Returns the keys on some pages, each once.
pub(super) fn named(pages: &[QueryPage]) -> BTreeSet<Key> {
    pages.iter().flat_map(|page| &page.items).map(|item| item.key.clone()).collect()
}

/// Formats a call or a result for the message of a failure. Long runs of a character are abbreviated.
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
