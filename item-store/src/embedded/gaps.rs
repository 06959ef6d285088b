//! Ranges of keys where the writer has found nothing. A check that an item is absent, of which every message has two,
//! then needs no search of the file.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use crate::api::Table;

/// Maximum number of remembered ranges of a table.
const MOST: usize = 1_024;
/// Sorts after every key, because no key begins with this byte.
const END: &[u8] = &[0xff];

/// The empty ranges. They are valid as long as no other connection changes the file.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    version: Option<i64>,
    is_steady: bool,
    /// The start of each range (inclusive), by its end (exclusive).
    tables: HashMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Gaps {
    /// Begins a transaction. `version` is SQLite's `data_version`, which only other connections change. A change ends all
    /// ranges. While others write, no range is learned, because it would cost a search and last for one transaction.
    pub(super) fn begin(&mut self, version: i64) {
        self.is_steady = self.version == Some(version);
        if !self.is_steady {
            self.forget();
        }
        self.version = Some(version);
    }

    /// Forgets all ranges. Necessary after a rollback, which restores deleted rows.
    pub(super) fn forget(&mut self) {
        self.tables.clear();
    }

    /// Returns whether a range is known where this key would be.
    pub(super) fn covers(&self, table: Table, key: &[u8]) -> bool {
        self.around(table, key).is_some()
    }

    /// Returns whether it is worth finding out where an empty range ends.
    pub(super) fn learns(&self) -> bool {
        self.is_steady
    }

    /// Remembers that nothing is in the table from `start` until before `end`, or until its end.
    pub(super) fn learn(&mut self, table: Table, start: &[u8], end: Option<&[u8]>) {
        let known = self.tables.entry(table).or_default();
        if known.len() >= MOST {
            known.clear();
        }
        let known = known.entry(end.unwrap_or(END).to_vec()).or_insert_with(|| start.to_vec());
        if start < known.as_slice() {
            *known = start.to_vec();
        }
    }

    /// Ends the range that a written row is in.
    pub(super) fn wrote(&mut self, table: Table, key: &[u8]) {
        let Some(end) = self.around(table, key).map(<[u8]>::to_vec) else { return };
        if let Some(known) = self.tables.get_mut(&table) {
            known.remove(&end);
        }
    }

    /// Returns the end of the range that a key is in.
    fn around(&self, table: Table, key: &[u8]) -> Option<&[u8]> {
        let behind = (Bound::Excluded(key), Bound::Unbounded);
        let (end, start) = self.tables.get(&table)?.range::<[u8], _>(behind).next()?;
        (start.as_slice() <= key).then_some(end.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::TableSchema;

    const TABLE: Table = &TableSchema { name: "one", create: "{}", time_to_live: None };
    const OTHER: Table = &TableSchema { name: "other", create: "{}", time_to_live: None };

    fn steady() -> Gaps {
        let mut gaps = Gaps::default();
        gaps.begin(1);
        assert!(!gaps.learns());
        gaps.begin(1);
        assert!(gaps.learns());
        gaps
    }

    #[test]
    fn a_range_has_its_start_and_not_its_end() {
        let mut gaps = steady();
        gaps.learn(TABLE, b"c", Some(b"m"));
        let covered = [b"b", b"c", b"l", b"m", b"n"].map(|key| gaps.covers(TABLE, key));
        assert_eq!(covered, [false, true, true, false, false]);
        assert!(!gaps.covers(OTHER, b"c"));
        // A search that began earlier and found the same end.
        gaps.learn(TABLE, b"a", Some(b"m"));
        assert!(gaps.covers(TABLE, b"b"));
        gaps.learn(TABLE, b"n", None);
        assert!(gaps.covers(TABLE, b"zzz"));
    }

    #[test]
    fn writes_rollbacks_and_other_writers_end_ranges() {
        let mut gaps = steady();
        gaps.learn(TABLE, b"c", Some(b"m"));
        gaps.learn(TABLE, b"n", None);
        gaps.wrote(TABLE, b"d");
        assert!(!gaps.covers(TABLE, b"d"));
        assert!(gaps.covers(TABLE, b"n"));
        gaps.forget();
        assert!(!gaps.covers(TABLE, b"n"));
        gaps.learn(TABLE, b"n", None);
        gaps.begin(2);
        assert!(!gaps.covers(TABLE, b"n"));
    }

    #[test]
    fn so_many_ranges_are_remembered() {
        let mut gaps = steady();
        for number in 0..2 * MOST {
            let key = |end: &str| format!("{number:04}{end}").into_bytes();
            gaps.learn(TABLE, &key("a"), Some(&key("b")));
        }
        assert!(gaps.tables[&TABLE].len() <= MOST);
    }
}
