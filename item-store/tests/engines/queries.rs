use std::collections::BTreeSet;
use std::sync::Arc;
use twclone_schema::{MESSAGES, PLATFORM};

use compact_str::{CompactString, format_compact};
use item_store::Tables;
use item_store::api::{Attributes, Direction, Query, QueryPage, SortRange, Write};

use super::{all_pages, item, key, number, on_each_engine, put, query};

/// Returns what a query has to find among these sort keys, implemented from the definition.
pub(super) fn expected(sorts: &BTreeSet<CompactString>, query: &Query) -> (Vec<CompactString>, Option<CompactString>) {
    let within = |sort: &&CompactString| match &query.range {
        SortRange::All => true,
        SortRange::BeginsWith(prefix) => sort.starts_with(prefix.as_str()),
        SortRange::AtMost(high) => *sort <= high,
        SortRange::AtLeast(low) => *sort >= low,
        SortRange::Between(low, high) => *sort >= low && *sort <= high,
    };
    let behind = |sort: &&CompactString| match (&query.after, query.direction) {
        (None, _) => true,
        (Some(after), Direction::Ascending) => *sort > after,
        (Some(after), Direction::Descending) => *sort < after,
    };
    let mut found: Vec<_> = sorts.iter().filter(within).filter(behind).cloned().collect();
    if query.direction == Direction::Descending {
        found.reverse();
    }
    found.truncate(usize::try_from(query.limit).unwrap());
    let full = found.len() == usize::try_from(query.limit).unwrap();
    let next = found.last().filter(|_| full).cloned();
    (found, next)
}

/// Queries each of these ranges in both directions, with several limits, from the start and from after each of these
/// keys that lies in the range.
pub(super) async fn assert_ranges(
    tables: &Tables,
    sorts: &BTreeSet<CompactString>,
    ranges: &[SortRange],
    from: &[&str],
) {
    for range in ranges {
        let starts = from.iter().filter(|from| {
            let one = BTreeSet::from([CompactString::new(from)]);
            !expected(&one, &query("p", range.clone(), Direction::Ascending, 1)).0.is_empty()
        });
        let starts: Vec<_> = std::iter::once(None).chain(starts.map(|from| Some(CompactString::new(from)))).collect();
        for after in starts {
            for direction in [Direction::Ascending, Direction::Descending] {
                for limit in [1, 3, 1_000] {
                    let query = Query { after: after.clone(), ..query("p", range.clone(), direction, limit) };
                    let QueryPage { items, next } = tables.query(query.clone()).await.unwrap();
                    let found: Vec<_> = items.into_iter().map(|item| item.key.sort.clone()).collect();
                    let (sorts, then) = expected(sorts, &query);
                    assert_eq!(found, sorts, "{query:?}");
                    // If nothing is left, a full page may have a cursor or not.
                    assert!(
                        next == then || next.is_none() && is_last(tables, &query, then).await,
                        "{query:?}: {next:?}"
                    );
                }
            }
        }
    }
}

async fn is_last(tables: &Tables, query: &Query, after: Option<CompactString>) -> bool {
    tables.query(Query { after, ..query.clone() }).await.unwrap().items.is_empty()
}

pub(super) async fn fill(tables: &Tables, partition: &str, sorts: impl IntoIterator<Item = &CompactString>) {
    let write = |sort: &CompactString| Write::Put(MESSAGES, item(key(partition, sort), Attributes::new()));
    let writes: Vec<_> = sorts.into_iter().map(write).collect();
    for writes in writes.chunks(25) {
        tables.batch_write(writes.to_vec()).await.unwrap();
    }
}

#[tokio::test]
async fn every_range_in_both_directions_with_every_limit() {
    let sorts: BTreeSet<_> = ["a", "b", "b1", "b2", "b22", "b3", "c", "d"].map(CompactString::new).into();
    let ranges = [
        SortRange::All,
        SortRange::BeginsWith("b".into()),
        SortRange::BeginsWith("b2".into()),
        SortRange::BeginsWith("x".into()),
        SortRange::AtMost("b2".into()),
        SortRange::AtMost("b21".into()),
        SortRange::AtMost("0".into()),
        SortRange::AtLeast("b2".into()),
        SortRange::AtLeast("b21".into()),
        SortRange::AtLeast("e".into()),
        SortRange::Between("b1".into(), "c".into()),
        SortRange::Between("b0".into(), "b9".into()),
        SortRange::Between("b2".into(), "b2".into()),
        SortRange::Between("b20".into(), "b21".into()),
    ];
    on_each_engine(async |tables| {
        fill(&tables, "p", &sorts).await;
        // Adjacent partitions, which must not be found.
        for partition in ["o", "p0", "pp", "P", "q"] {
            put(&tables, key(partition, "b"), number("count", 1)).await;
        }
        // The last two do not exist: an item may be deleted between two pages.
        assert_ranges(&tables, &sorts, &ranges, &["a", "b2", "d", "b15", "b25"]).await;
    })
    .await;
}

#[tokio::test]
async fn page_by_page_nothing_is_skipped_or_repeated() {
    let sorts: Vec<_> = (0..50).map(|place| format_compact!("{place:03}")).collect();
    on_each_engine(async |tables| {
        fill(&tables, "p", &sorts).await;
        for direction in [Direction::Ascending, Direction::Descending] {
            let mut ordered = sorts.clone();
            if direction == Direction::Descending {
                ordered.reverse();
            }
            for (range, ordered) in [
                (SortRange::All, ordered.clone()),
                (
                    SortRange::Between("005".into(), "039".into()),
                    ordered.into_iter().filter(|sort| ("005"..="039").contains(&sort.as_str())).collect(),
                ),
            ] {
                // Some divide the number of items, one is above it.
                for limit in [1, 7, 25, 50, 51] {
                    let pages = all_pages(&tables, query("p", range.clone(), direction, limit)).await;
                    assert!(pages.iter().all(|page| page.len() <= usize::try_from(limit).unwrap()));
                    let found: Vec<_> = pages.into_iter().flatten().map(|item| item.key.sort.clone()).collect();
                    assert_eq!(found, ordered, "{range:?} {direction:?} by {limit}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_query_brings_the_items_whole_and_as_they_are_now() {
    on_each_engine(async |tables| {
        let whole: Vec<Arc<_>> = ["a", "b"].map(|sort| item(key("p", sort), number("count", 1)).into()).into();
        for item in &whole {
            put(&tables, item.key.clone(), number("count", 0)).await;
            put(&tables, item.key.clone(), item.attributes.clone()).await;
        }
        let page = tables.query(query("p", SortRange::All, Direction::Ascending, 10)).await.unwrap();
        assert_eq!(page, QueryPage { items: whole, next: None });
        let other = Query { table: PLATFORM, ..query("p", SortRange::All, Direction::Ascending, 10) };
        assert_eq!(tables.query(other).await.unwrap(), QueryPage { items: Vec::new(), next: None });
    })
    .await;
}
