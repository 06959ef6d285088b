use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;
use item_store::api::{Attributes, Direction, Item, SortRange};

use super::queries::{assert_ranges, fill};
use super::{all_pages, attributes, key, number, on_each_engine, put, query};

/// Keys in byte order, which differs from their order by characters, by UTF-16 or as C strings.
const ODD: [&str; 18] = [
    "\u{1}",
    "\u{1}\u{1}",
    " ",
    "B",
    "B\u{1}z",
    "Ba",
    "a",
    "a\u{1}",
    "a\u{1}b",
    "aB",
    "ab",
    "e\u{301}",
    "é",
    "é😀",
    "éa\u{ffff}",
    "\u{ffff}",
    "😀",
    "\u{10ffff}",
];

fn sorts() -> BTreeSet<CompactString> {
    ODD.map(CompactString::new).into()
}

#[tokio::test]
async fn sort_keys_are_in_the_order_of_their_bytes() {
    let mut ordered = ODD.map(CompactString::new);
    ordered.sort_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
    on_each_engine(async |tables| {
        fill(&tables, "p", &ordered).await;
        for limit in [1, 4, 100] {
            let found = |pages: Vec<Vec<_>>| pages.into_iter().flatten().map(sort).collect::<Vec<_>>();
            let ascending = all_pages(&tables, query("p", SortRange::All, Direction::Ascending, limit)).await;
            assert_eq!(found(ascending), ordered, "by {limit}");
            let descending = all_pages(&tables, query("p", SortRange::All, Direction::Descending, limit)).await;
            assert_eq!(found(descending), ordered.iter().rev().cloned().collect::<Vec<_>>(), "by {limit}");
        }
    })
    .await;
}

fn sort(item: Arc<Item>) -> CompactString {
    item.key.sort.clone()
}

#[tokio::test]
async fn ranges_go_by_bytes() {
    let bounds = ["\u{1}", "B", "a", "a\u{1}", "e", "é", "\u{ffff}", "😀", "\u{10ffff}"].map(CompactString::new);
    let mut ranges = Vec::new();
    for bound in &bounds {
        ranges.push(SortRange::BeginsWith(bound.clone()));
        ranges.push(SortRange::AtMost(bound.clone()));
        ranges.push(SortRange::AtLeast(bound.clone()));
    }
    ranges.extend(bounds.windows(2).map(|two| SortRange::Between(two[0].clone(), two[1].clone())));
    on_each_engine(async |tables| {
        fill(&tables, "p", &sorts()).await;
        assert_ranges(&tables, &sorts(), &ranges, &["a\u{1}", "é"]).await;
    })
    .await;
}

#[tokio::test]
async fn keys_that_look_alike_are_different() {
    on_each_engine(async |tables| {
        // Composed and decomposed, upper and lower case, with and without invisible characters.
        let alike = ["é", "e\u{301}", "É", "e", "e\u{1}", "e ", "\u{feff}e"];
        for (count, one) in (0..).zip(alike) {
            put(&tables, key(one, "s"), number("count", count)).await;
            put(&tables, key("p", one), number("count", count)).await;
        }
        for (count, one) in (0..).zip(alike) {
            assert_eq!(attributes(&tables, &key(one, "s")).await, Some(number("count", count)), "{one:?}");
            assert_eq!(attributes(&tables, &key("p", one)).await, Some(number("count", count)), "{one:?}");
            let alone = all_pages(&tables, query(one, SortRange::All, Direction::Ascending, 10)).await;
            assert_eq!(alone.concat().len(), 1, "{one:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn odd_partitions_hold_odd_keys() {
    on_each_engine(async |tables| {
        for partition in ODD {
            put(&tables, key(partition, "😀\u{1}\u{ffff}"), Attributes::new()).await;
            let range = SortRange::BeginsWith("😀\u{1}".into());
            let found = all_pages(&tables, query(partition, range, Direction::Descending, 5)).await.concat();
            assert_eq!(
                found.into_iter().map(|item| item.key.clone()).collect::<Vec<_>>(),
                [key(partition, "😀\u{1}\u{ffff}")]
            );
        }
    })
    .await;
}
