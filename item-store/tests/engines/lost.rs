//! Files that are removed, moved or replaced while they are open. Calls fail then, because their data would be gone
//! after a restart.

use std::fs;
use std::path::{Path, PathBuf};
use twclone_schema::MESSAGES;

use item_store::Tables;
use item_store::api::{Effect, StoreError};
use tempfile::TempDir;

use super::file::opened;
use super::{action, attributes, key, number, open, put};

/// A loss of the files. The argument is the parent of the folder `data`, which has them.
type Loss = fn(&Path);

const FILES: [&str; 3] = ["items.db", "items.db-wal", "items.db-shm"];

async fn fresh() -> (TempDir, PathBuf, Tables) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let path = folder.path().join("data/items.db");
    let tables = opened(&path).await;
    put(&tables, key("p", "before"), number("count", 1)).await;
    (folder, path, tables)
}

fn replace(file: &Path) {
    let copy = file.with_extension("copy");
    fs::copy(file, &copy).unwrap();
    fs::rename(copy, file).unwrap();
}

/// Returns each loss, with the file that the error names.
fn losses() -> Vec<(Loss, &'static str)> {
    vec![
        (|folder| fs::remove_file(folder.join("data/items.db")).unwrap(), FILES[0]),
        (|folder| fs::remove_file(folder.join("data/items.db-wal")).unwrap(), FILES[1]),
        (|folder| fs::remove_file(folder.join("data/items.db-shm")).unwrap(), FILES[2]),
        (|folder| replace(&folder.join("data/items.db")), FILES[0]),
        (|folder| replace(&folder.join("data/items.db-wal")), FILES[1]),
        (|folder| fs::rename(folder.join("data"), folder.join("elsewhere")).unwrap(), FILES[0]),
        (|folder| fs::remove_dir_all(folder.join("data")).unwrap(), FILES[0]),
    ]
}

#[track_caller]
fn assert_lost<T: std::fmt::Debug>(answer: Result<T, StoreError>, folder: &Path, file: &str) {
    let path = folder.join("data").join(file).display().to_string();
    assert!(matches!(&answer, Err(StoreError::FileLost(lost)) if *lost == path), "{path}: {answer:?}");
}

#[tokio::test]
async fn nothing_is_acknowledged_once_a_file_is_not_where_it_was() {
    for (lose, file) in losses() {
        let (folder, _, tables) = fresh().await;
        lose(folder.path());
        let write = |sort| tables.transact(vec![action(key("p", sort), [], Effect::Put(number("count", 2)))]);
        assert_lost(write("behind").await, folder.path(), file);
        assert_lost(write("later").await, folder.path(), file);
        assert_lost(tables.get(MESSAGES, key("p", "before")).await, folder.path(), file);
        assert_lost(tables.describe().await, folder.path(), file);
        assert_lost(tables.ping().await, folder.path(), file);
        assert_lost::<()>(Err(tables.lost().await), folder.path(), file);
    }
}

#[tokio::test]
async fn who_asks_hears_of_it_before_anybody_writes() {
    for (lose, file) in losses() {
        let (folder, _, tables) = fresh().await;
        tables.ping().await.unwrap();
        lose(folder.path());
        assert_lost(tables.ping().await, folder.path(), file);
        assert_lost(tables.get(MESSAGES, key("p", "before")).await, folder.path(), file);
    }
}

#[tokio::test]
async fn it_stays_lost_when_it_comes_back() {
    let (folder, path, tables) = fresh().await;
    fs::rename(folder.path().join("data"), folder.path().join("elsewhere")).unwrap();
    tables.ping().await.unwrap_err();
    fs::rename(folder.path().join("elsewhere"), folder.path().join("data")).unwrap();
    let later = tables.transact(vec![action(key("p", "later"), [], Effect::Put(number("count", 2)))]).await;
    assert_lost(later, folder.path(), FILES[0]);
    drop(tables);
    let tables = open(&path, "t-").unwrap();
    assert_eq!(attributes(&tables, &key("p", "before")).await, Some(number("count", 1)));
    assert_eq!(attributes(&tables, &key("p", "later")).await, None);
}

/// The connections still have the removed log open. Its content is written back when they are closed.
#[tokio::test]
async fn what_was_acknowledged_before_the_log_was_removed_is_kept() {
    for log in ["items.db-wal", "items.db-shm"] {
        let (folder, path, tables) = fresh().await;
        fs::remove_file(folder.path().join("data").join(log)).unwrap();
        tables.ping().await.unwrap_err();
        drop(tables);
        let tables = open(&path, "t-").unwrap();
        assert_eq!(attributes(&tables, &key("p", "before")).await, Some(number("count", 1)), "{log}");
    }
}

/// Neither other processes that open and close the file nor links to it are a loss.
#[tokio::test]
async fn others_who_open_and_close_the_file_are_no_loss() {
    let (folder, path, tables) = fresh().await;
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for place in 0..5 {
        let other = open(&link, "t-").unwrap();
        put(&other, key("other", &place.to_string()), number("count", place)).await;
        put(&tables, key("own", &place.to_string()), number("count", place)).await;
        other.ping().await.unwrap();
        drop(other);
        tables.ping().await.unwrap();
    }
    assert_eq!(attributes(&tables, &key("other", "4")).await, Some(number("count", 4)));
}
