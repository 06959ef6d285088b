//! Disk faults in a file: whichever byte changes, only data that was written is served, unless the doctor finds the
//! fault.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use twclone_schema::MESSAGES;

use item_store::Tables;
use item_store::api::{Attributes, Condition, Direction, Effect, Key, Query, SortRange, StoreError};
use rusqlite::Connection;

use super::file::{folder, opened};
use super::{action, key, open, query, text};

const PARTITIONS: usize = 6;
const ITEMS: usize = 60;
/// Number of bytes that are changed, each in its own copy.
const FLIPS: usize = 200;

fn written() -> BTreeMap<Key, Attributes> {
    let place = |place: usize| {
        let (partition, sort) = (place % PARTITIONS, place / PARTITIONS);
        let filling = "filling ".repeat(place % 7 * 10);
        let attributes = Attributes::from_iter([("text".into(), text(format!("{filling}{place}")))]);
        (key(&format!("p#{partition}"), &format!("{sort:04}")), attributes)
    };
    (0..PARTITIONS * ITEMS).map(place).collect()
}

/// Reads everything in the tables, page by page and item by item. Returns how many reads were refused, or an error if
/// another one differs from what was written.
async fn compare(tables: &Tables, written: &BTreeMap<Key, Attributes>) -> Result<usize, String> {
    let mut refused = 0;
    for partition in 0..=PARTITIONS {
        let partition = format!("p#{partition}");
        let mut wanted: Vec<_> = written.iter().filter(|(key, _)| key.partition == partition).collect();
        for direction in [Direction::Ascending, Direction::Descending] {
            for limit in [7, 1_000] {
                let mut found = Vec::new();
                let mut next = query(&partition, SortRange::All, direction, limit);
                loop {
                    match tables.query(next.clone()).await {
                        Err(StoreError::Corrupt(_) | StoreError::Unavailable(_)) => {
                            refused += 1;
                            break;
                        }
                        Err(error) => return Err(format!("{error:?}")),
                        Ok(page) => {
                            found.extend(page.items);
                            if page.next.is_none() {
                                if !found.iter().map(|item| (&item.key, &item.attributes)).eq(wanted.iter().copied()) {
                                    return Err(format!("{partition} {direction:?}: {} items", found.len()));
                                }
                                break;
                            }
                            next = Query { after: page.next, ..next };
                        }
                    }
                }
            }
            wanted.reverse();
        }
    }
    for (key, attributes) in written {
        match tables.get(MESSAGES, key.clone()).await {
            Err(StoreError::Corrupt(_) | StoreError::Unavailable(_)) => refused += 1,
            Ok(Some(item)) if item.attributes == *attributes => {}
            other => return Err(format!("{key:?}: {other:?}")),
        }
    }
    Ok(refused)
}

async fn made(path: &Path) -> BTreeMap<Key, Attributes> {
    let written = written();
    let tables = opened(path).await;
    let actions = |(key, attributes): (&Key, &Attributes)| {
        action(key.clone(), [Condition::Absent], Effect::Put(attributes.clone()))
    };
    // In another order than that of the keys, as messages arrive.
    let all: Vec<_> = written.iter().map(actions).collect();
    for place in 0..PARTITIONS {
        let some = all.iter().skip(place).step_by(PARTITIONS).cloned().collect();
        tables.transact(some).await.unwrap();
    }
    written
}

#[tokio::test]
async fn a_byte_that_is_another_is_found_and_never_served() {
    let (folder, path) = folder();
    let written = made(&path).await;
    assert!(!folder.path().join("items.db-wal").exists(), "the log was left");
    let sound = fs::read(&path).unwrap();
    let (mut refused, mut found, mut harmless, mut astray) = (0, 0, 0, 0);
    for flip in 0..FLIPS {
        // Spread over the file, and the same in each run.
        let place = (flip * 7_919 + flip * flip * 31) % sound.len();
        let mut bytes = sound.clone();
        bytes[place] ^= 1 << (flip % 8);
        let path = folder.path().join("damaged.db");
        for name in ["damaged.db", "damaged.db-wal", "damaged.db-shm"] {
            let _ = fs::remove_file(folder.path().join(name));
        }
        fs::write(&path, &bytes).unwrap();
        let Ok(tables) = open(&path, "t-") else {
            refused += 1;
            continue;
        };
        let faults = tables.check().await.map_or_else(|error| vec![error.to_string()], |examined| examined.faults);
        match compare(&tables, &written).await {
            Ok(0) if faults.is_empty() => harmless += 1,
            Ok(_) => found += 1,
            Err(text) => {
                assert!(!faults.is_empty(), "byte {place}: served, and overlooked by the doctor: {text}");
                eprintln!("byte {place} (page {}, {}): {text}; {faults:?}", place / 4096 + 1, place % 4096);
                astray += 1;
            }
        }
    }
    eprintln!(
        "{FLIPS} bytes: {refused} refused at open, {found} found, {astray} by the doctor alone, {harmless} harmless"
    );
    // A few bytes of a page point to others. If they change, SQLite can go astray between rows that are intact.
    assert!(refused > 0 && found > FLIPS / 2 && astray <= FLIPS / 50, "{refused} {found} {astray}");
}

/// Writes three adjacent partitions, the one in the middle with one item.
async fn side_by_side(path: &Path) {
    let tables = opened(path).await;
    for (partition, sort) in [("p#a", "1"), ("p#a", "2"), ("p#b", "1"), ("p#c", "1"), ("p#c", "2")] {
        let own = key(partition, sort);
        let put = Effect::Put(Attributes::from_iter([("text".into(), text(format!("{partition} {sort}")))]));
        tables.transact(vec![action(own, [], put)]).await.unwrap();
    }
}

async fn count(tables: &Tables, partition: &str, direction: Direction) -> Result<usize, StoreError> {
    tables.query(query(partition, SortRange::All, direction, 100)).await.map(|page| page.items.len())
}

#[tokio::test]
async fn a_damaged_partition_leaves_its_neighbours_readable() {
    let last_byte = "substr(item, 1, length(item) - 1) || x'00'";
    for bytes in [last_byte, "x'00'", "zeroblob(length(item))"] {
        let (_folder, path) = folder();
        side_by_side(&path).await;
        let sql = format!("UPDATE \"t-messages\" SET item = CAST({bytes} AS BLOB) WHERE substr(key, 1, 3) = x'702362'");
        let changed = Connection::open(&path).unwrap().execute(&sql, ()).unwrap();
        assert_eq!(changed, 1);
        let tables = open(&path, "t-").unwrap();
        for direction in [Direction::Ascending, Direction::Descending] {
            assert_eq!(count(&tables, "p#a", direction).await, Ok(2), "{bytes}");
            assert_eq!(count(&tables, "p#c", direction).await, Ok(2), "{bytes}");
            // Missing partitions, next to the damaged row.
            assert_eq!(count(&tables, "p#aa", direction).await, Ok(0), "{bytes}");
            assert_eq!(count(&tables, "p#bb", direction).await, Ok(0), "{bytes}");
            let damaged = count(&tables, "p#b", direction).await;
            assert!(matches!(damaged, Err(StoreError::Corrupt(_))), "{bytes}: {damaged:?}");
        }
        assert_eq!(tables.get(MESSAGES, key("p#a", "3")).await, Ok(None), "{bytes}");
        assert_eq!(tables.get(MESSAGES, key("p#c", "0")).await, Ok(None), "{bytes}");
        for sort in ["0", "1", "2"] {
            let damaged = tables.get(MESSAGES, key("p#b", sort)).await;
            assert!(matches!(damaged, Err(StoreError::Corrupt(_))), "{bytes} {sort}: {damaged:?}");
        }
    }
}

#[tokio::test]
async fn a_miss_that_a_damaged_key_explains_is_not_an_answer() {
    // The key in the file gets another partition: in order, and before or after all others.
    for other in ["p#\u{1}", "p#d", "a#b", "z#b", "p#B"] {
        let (folder, path) = folder();
        side_by_side(&path).await;
        let (from, to) = (b"p#b\xff1".as_slice(), [other.as_bytes(), b"\xff1"].concat());
        let mut bytes = fs::read(&path).unwrap();
        let places: Vec<_> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at..at + to.len()].copy_from_slice(&to);
        }
        let path = folder.path().join("damaged.db");
        fs::write(&path, &bytes).unwrap();
        let tables = open(&path, "t-").unwrap();
        for direction in [Direction::Ascending, Direction::Descending] {
            let missed = count(&tables, "p#b", direction).await;
            assert!(matches!(missed, Err(StoreError::Corrupt(_))), "{other:?} {direction:?}: {missed:?}");
            for partition in ["p#a", "p#c"] {
                let found = count(&tables, partition, direction).await;
                assert!(matches!(found, Ok(2) | Err(StoreError::Corrupt(_))), "{other:?} {partition}: {found:?}");
            }
        }
        let missed = tables.get(MESSAGES, key("p#b", "1")).await;
        assert!(matches!(missed, Err(StoreError::Corrupt(_))), "{other:?}: {missed:?}");
    }
}
