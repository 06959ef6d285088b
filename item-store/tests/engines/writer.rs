//! The writer thread with many concurrent calls, and with expired items.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use twclone_schema::{MESSAGES, PLATFORM};

use item_store::Tables;
use item_store::api::{Action, Condition, EXPIRES, Effect, StoreError, Value, Write};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::JoinSet;
use twclone_domain::{Clock, Timestamp};

use super::{DEADLINE, action, attributes, item, key, number, open, put};

async fn opened() -> (TempDir, PathBuf, Tables) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("items.db");
    let tables = open(&path, "t-").unwrap();
    tables.create_tables().await.unwrap();
    (folder, path, tables)
}

/// Returns the number of transactions in the write-ahead log. The last frame of each has the size of the database
/// after it (<https://sqlite.org/fileformat2.html#walformat>).
fn commits(path: &Path) -> usize {
    const HEADER: usize = 32;
    const FRAME: usize = 24 + 4096;
    let log = fs::read(path.with_extension("db-wal")).unwrap();
    let salts = &log[16..24];
    log[HEADER..].chunks_exact(FRAME).filter(|frame| &frame[8..16] == salts && frame[4..8] != [0; 4]).count()
}

#[tokio::test]
async fn many_writes_at_once_share_few_commits() {
    const WRITES: i64 = 500;
    let (_folder, path, tables) = opened().await;
    let before = commits(&path);
    let mut tasks = JoinSet::new();
    for place in 0..WRITES {
        let tables = tables.clone();
        tasks.spawn(async move { put(&tables, key("p", &place.to_string()), number("count", place)).await });
    }
    tasks.join_all().await;
    let commits = commits(&path) - before;
    assert!((1..=50).contains(&commits), "{commits}");
}

/// This happens long before SQLite would do it itself, which would block all writers.
#[tokio::test]
async fn the_log_is_written_back_beside_those_who_write() {
    const PAGE: usize = 4_096;
    const PAGES: usize = 9_000;
    let (_folder, path, tables) = opened().await;
    let full = Value::Bytes(vec![7; PAGE - 200]);
    let mut tasks = JoinSet::new();
    for batch in 0..PAGES / 25 {
        let (tables, full) = (tables.clone(), full.clone());
        let item = move |place: usize| {
            item(key(&batch.to_string(), &place.to_string()), [("full".into(), full.clone())].into_iter().collect())
        };
        let writes = (0..25).map(|place| Write::Put(MESSAGES, item(place))).collect();
        tasks.spawn(async move { tables.batch_write(writes).await.unwrap() });
    }
    tasks.join_all().await;
    let written_back = || fs::metadata(&path).unwrap().len() > (PAGE * PAGES / 2) as u64;
    for _ in 0..100 {
        if written_back() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(written_back());
}

#[tokio::test]
async fn what_is_damaged_is_the_trouble_of_those_who_touch_it_alone() {
    let (_folder, path, tables) = opened().await;
    put(&tables, key("damaged", "s"), number("count", 1)).await;
    let damage = "UPDATE \"t-messages\" SET item = x'63' WHERE key = ?1";
    assert_eq!(Connection::open(&path).unwrap().execute(damage, [b"damaged\xffs"]).unwrap(), 1);
    let damaged = tables.get(MESSAGES, key("damaged", "s")).await;
    assert!(matches!(damaged, Err(StoreError::Corrupt(_))), "{damaged:?}");
    let mut tasks = JoinSet::new();
    for place in 0..100 {
        let tables = tables.clone();
        tasks.spawn(async move {
            let own = if place % 10 == 0 { key("damaged", "s") } else { key("p", &place.to_string()) };
            let condition = if place % 10 == 0 { Condition::Present } else { Condition::Absent };
            (place % 10 == 0, tables.transact(vec![action(own, [condition], Effect::Put(number("count", 1)))]).await)
        });
    }
    for (touches, answer) in tasks.join_all().await {
        assert_eq!(answer.is_err(), touches, "{answer:?}");
    }
}

#[tokio::test]
async fn a_missing_table_is_the_trouble_of_its_users_alone() {
    let (_folder, path, tables) = opened().await;
    drop(tables);
    Connection::open(&path).unwrap().execute_batch("DROP TABLE \"t-platform\"").unwrap();
    let tables = open(&path, "t-").unwrap();
    // The second write of the call fails, so the first one must not be stored either.
    let half = Action { table: PLATFORM, ..action(key("p", "platform"), [], Effect::Put(number("count", 1))) };
    let whole = action(key("p", "with it"), [], Effect::Put(number("count", 1)));
    let alone = action(key("p", "alone"), [], Effect::Put(number("count", 1)));
    let (with_it, alone) = tokio::join!(tables.transact(vec![whole, half]), tables.transact(vec![alone]));
    assert_eq!(with_it, Err(StoreError::NoSuchTable("t-platform".to_owned())));
    assert_eq!(alone, Ok(()));
    assert_eq!(attributes(&tables, &key("p", "with it")).await, None);
    assert_eq!(attributes(&tables, &key("p", "alone")).await, Some(number("count", 1)));
}

/// More items than are deleted at a time. Items that expire later, or in a table without expiry, stay.
#[tokio::test]
async fn what_has_expired_is_swept() {
    const NOW: i64 = 1_800_000_000;
    const EXPIRED: usize = 2_500;
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::new(|| Timestamp::from_millis(NOW * 1_000));
    let tables =
        Tables::embedded(&folder.path().join("items.db"), twclone_schema::layout("t-"), clock.unix_seconds(), DEADLINE)
            .unwrap();
    tables.create_tables().await.unwrap();
    let item = |table, sort: String, expires| {
        let effect = Effect::Put([(EXPIRES.into(), Value::Number(expires))].into_iter().collect());
        Action { table, key: key("p", &sort), conditions: Vec::new(), effect }
    };
    for bundle in 0..EXPIRED / 100 {
        let bundle = (0..100).map(|place| item(PLATFORM, format!("{bundle}-{place}"), NOW));
        tables.transact(bundle.collect()).await.unwrap();
    }
    let kept = [item(PLATFORM, "later".into(), NOW + 1), item(MESSAGES, "never".into(), NOW - 1)];
    tables.transact(kept.into()).await.unwrap();
    let mut left = u64::MAX;
    for _ in 0..300 {
        left = tables.describe().await.unwrap().last().unwrap().items;
        if left == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(left, 1);
    assert!(tables.get(PLATFORM, key("p", "later")).await.unwrap().is_some());
    assert!(tables.get(MESSAGES, key("p", "never")).await.unwrap().is_some());
}
