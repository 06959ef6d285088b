//! How the embedded engine treats its file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use twclone_schema::{MESSAGES, POSTS, TIMELINES};

use compact_str::format_compact;
use item_store::Tables;
use item_store::api::{Direction, Effect, SortRange, StoreError, Write};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{action, all_pages, attributes, item, key, number, open, put, query};

pub(super) fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("items.db");
    (folder, path)
}

pub(super) async fn opened(path: &Path) -> Tables {
    let tables = open(path, "t-").unwrap();
    tables.create_tables().await.unwrap();
    tables
}

/// Returns why a file is not opened. Asserts that the error names the file.
#[track_caller]
fn refusal(path: &Path) -> String {
    match open(path, "t-") {
        Err(StoreError::Unavailable(text)) => {
            assert!(text.contains(path.to_str().unwrap()), "{text}");
            text
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn everything_is_there_when_it_is_opened_again() {
    let (_folder, path) = folder();
    let tables = opened(&path).await;
    for place in 0..100 {
        put(&tables, key("p", &format!("{place:03}")), number("count", place)).await;
    }
    tables.transact(vec![action(key("p", "050"), [], Effect::Delete)]).await.unwrap();
    drop(tables);
    let tables = open(&path, "t-").unwrap();
    assert_eq!(tables.create_tables().await.unwrap(), Vec::<String>::new());
    let found = all_pages(&tables, query("p", SortRange::All, Direction::Ascending, 1_000)).await.concat();
    let expected = (0..100).filter(|place| *place != 50);
    let expected: Vec<_> = expected.map(|place| (format_compact!("{place:03}"), number("count", place))).collect();
    assert_eq!(
        found.into_iter().map(|item| (item.key.sort.clone(), item.attributes.clone())).collect::<Vec<_>>(),
        expected
    );
}

/// Like a file of an older twclone, which had fewer tables.
#[tokio::test]
async fn tables_that_are_missing_are_made_and_the_others_are_left_as_they_are() {
    let (_folder, path) = folder();
    let tables = opened(&path).await;
    put(&tables, key("p", "s"), number("count", 1)).await;
    drop(tables);
    let older = Connection::open(&path).unwrap();
    older.execute_batch("DROP TABLE \"t-posts\"; DROP TABLE \"t-timelines\"").unwrap();
    drop(older);
    let tables = open(&path, "t-").unwrap();
    assert_eq!(tables.create_tables().await.unwrap(), ["t-posts", "t-timelines"]);
    let made = [POSTS, TIMELINES].map(|table| (table, key("p", "s")));
    assert_eq!(tables.batch_get_across(made.to_vec()).await, Ok(Vec::new()));
    let write = |(table, key)| Write::Put(table, item(key, number("count", 2)));
    tables.batch_write(made.clone().map(write).to_vec()).await.unwrap();
    assert_eq!(tables.batch_get_across(made.to_vec()).await.unwrap().len(), 2);
    assert_eq!(attributes(&tables, &key("p", "s")).await, Some(number("count", 1)));
}

#[tokio::test]
async fn another_prefix_has_other_tables_in_the_same_file() {
    let (_folder, path) = folder();
    let one = opened(&path).await;
    put(&one, key("p", "s"), number("count", 1)).await;
    let other = open(&path, "other-").unwrap();
    let missing = Err(StoreError::NoSuchTable("other-messages".to_owned()));
    assert_eq!(other.get(MESSAGES, key("p", "s")).await, missing);
    other.create_tables().await.unwrap();
    assert_eq!(attributes(&other, &key("p", "s")).await, None);
    assert!(matches!(open(&path, "a\"b"), Err(StoreError::Invalid(_))), "a prefix that breaks out of its quotes");
}

#[tokio::test]
async fn only_its_owner_may_read_the_file() {
    let (folder, path) = folder();
    let tables = opened(&path).await;
    put(&tables, key("p", "s"), number("count", 1)).await;
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["items.db", "items.db-shm", "items.db-wal"]);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_not_opened() {
    let (_folder, path) = folder();
    drop(opened(&path).await);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let text = refusal(&path);
    assert!(text.contains("version 7") && text.contains("knows 1"), "{text}");
}

#[test]
fn another_programs_database_is_not_touched() {
    let (_folder, path) = folder();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    let before = fs::read(&path).unwrap();
    assert!(refusal(&path).contains("not a database of items"));
    assert_eq!(fs::read(&path).unwrap(), before);
    // An empty database with another program's application id.
    let (_folder, path) = folder();
    Connection::open(&path).unwrap().pragma_update(None, "application_id", 0x1234).unwrap();
    assert!(refusal(&path).contains("not a database of items"));
}

#[test]
fn a_file_that_is_no_database_is_not_touched() {
    let (_folder, path) = folder();
    let letter = "Dear diary, ".repeat(100);
    fs::write(&path, &letter).unwrap();
    assert!(refusal(&path).contains("not a database"));
    assert_eq!(fs::read_to_string(&path).unwrap(), letter);
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let (folder, path) = folder();
    fs::write(&path, "").unwrap();
    // Does not rely on permissions, which root ignores: there can be no file below a file.
    refusal(&path.join("items.db"));
    refusal(&folder.path().join("missing").join("items.db"));
    refusal(folder.path());
}
