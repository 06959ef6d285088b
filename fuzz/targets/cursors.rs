//! Fuzzes cursors: a cursor is valid only in the list that issued it, and leads to the same position. No other text
//! is a valid cursor.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twclone_domain::{Id, fuzzing};

fuzz_target!(|data: (String, String, i64, Option<u16>, String)| {
    let (list, other, number, count, text) = data;
    if let Some(id) = Id::new(number) {
        let cursor = fuzzing::cursor(&list, id, count);
        assert_eq!(fuzzing::position(&list, &cursor), Some((id, count)));
        assert!(other == list || fuzzing::position(&other, &cursor).is_none());
    }
    if let Some((id, count)) = fuzzing::position(&list, &text) {
        assert_eq!(fuzzing::cursor(&list, id, count), text);
    }
});
