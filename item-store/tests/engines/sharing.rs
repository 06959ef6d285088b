//! One file of the embedded engine, opened several times.

use std::os::unix::fs::MetadataExt as _;

use item_store::api::{Attributes, Change, Condition, Direction, Effect, SortRange, StoreError};
use tokio::task::JoinSet;

use super::file::{folder, opened};
use super::{action, all_pages, attributes, key, number, open, persist, put, query};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_engines_write_to_one_file_side_by_side() {
    const TASKS: usize = 8;
    const WRITES: usize = 12;
    let (_folder, path) = folder();
    let engines = [opened(&path).await, opened(&path).await];
    let mut tasks = JoinSet::new();
    for (number_of_engine, tables) in engines.iter().enumerate() {
        for task in 0..TASKS {
            let tables = tables.clone();
            tasks.spawn(async move {
                for write in 0..WRITES {
                    let own = key("p", &format!("{number_of_engine}-{task}-{write}"));
                    let actions = vec![
                        action(own.clone(), [], Effect::Put(Attributes::new())),
                        action(key("sum", "s"), [], Effect::Update(vec![Change::Add("count", 1)])),
                    ];
                    persist(&tables, actions).await.unwrap();
                    // A read that starts now has to find every acknowledged write.
                    assert_eq!(attributes(&tables, &own).await, Some(Attributes::new()));
                }
            });
        }
    }
    tasks.join_all().await;
    let all = 2 * TASKS * WRITES;
    for tables in &engines {
        let found = all_pages(tables, query("p", SortRange::All, Direction::Ascending, 1_000)).await.concat();
        assert_eq!(found.len(), all);
        let sum = attributes(tables, &key("sum", "s")).await;
        assert_eq!(sum, Some(number("count", i64::try_from(all).unwrap())));
    }
}

#[test]
fn many_may_open_a_new_file_at_once() {
    for _ in 0..5 {
        let (_folder, path) = folder();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&path, "t-").map(drop))).collect();
            for thread in threads {
                assert_eq!(thread.join().unwrap(), Ok(()));
            }
        });
    }
}

#[tokio::test]
async fn what_one_engine_writes_the_other_sees() {
    let (_folder, path) = folder();
    let (one, other) = (opened(&path).await, opened(&path).await);
    for place in 0..5 {
        put(&one, key("p", "s"), number("count", place)).await;
        assert_eq!(attributes(&other, &key("p", "s")).await, Some(number("count", place)));
    }
    drop(one);
    put(&other, key("p", "s"), number("count", 9)).await;
    assert_eq!(attributes(&other, &key("p", "s")).await, Some(number("count", 9)));
}

/// The writer caches where it found nothing. Its own writes and those of another process invalidate that.
#[tokio::test]
async fn a_check_of_absence_sees_what_was_written_since() {
    let (_folder, path) = folder();
    let (one, other) = (opened(&path).await, opened(&path).await);
    let check = || async {
        let keys = ["a", "m", "z"].map(|sort| action(key("fence", sort), [Condition::Absent], Effect::Check));
        persist(&one, keys.into()).await
    };
    for writer in [&one, &other] {
        for sort in ["a", "m", "z"] {
            // More than once, so that it is cached.
            for _ in 0..4 {
                assert_eq!(check().await, Ok(()));
            }
            put(writer, key("fence", sort), Attributes::new()).await;
            for _ in 0..4 {
                let place = ["a", "m", "z"].iter().position(|each| *each == sort).unwrap();
                assert_eq!(check().await, Err(StoreError::ConditionFailed(vec![place])));
            }
            persist(writer, vec![action(key("fence", sort), [], Effect::Delete)]).await.unwrap();
        }
    }
    assert_eq!(check().await, Ok(()));
}

/// A process that closes any handle of a file releases all its locks on it, including SQLite's. An older SQLite in
/// another process then considers the file unused, and removes the log with the latest writes.
#[tokio::test]
async fn a_second_engine_does_not_lose_the_locks_of_the_first() {
    let (_folder, path) = folder();
    let _one = opened(&path).await;
    let file = format!(":{} ", std::fs::metadata(&path).unwrap().ino());
    let locks = || {
        let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
        locks.lines().filter(|lock| lock.contains(&file)).count()
    };
    // A system that does not list locks shows none before, either. The number of locks changes while an engine works,
    // but it does not become zero.
    let before = locks();
    let _other = opened(&path).await;
    assert!(before == 0 || locks() > 0);
}
