//! Fuzzes cursors: a cursor is valid only in the list that issued it, and leads to the same position. No other text
//! is a valid cursor.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twclone_domain::{Id, fuzzing};

fuzz_target!(|data: (String, String, i64, u16, String)| {
    let (list, other, number, count, text) = data;
    if let Some(id) = Id::new(number) {
        let [plain, counted] = fuzzing::cursors(&list, id, count);
        assert_eq!(fuzzing::positions(&list, &plain), (Some(id), None));
        assert_eq!(fuzzing::positions(&list, &counted), (None, Some((id, count))));
        if other != list {
            assert_eq!(fuzzing::positions(&other, &plain), (None, None));
            assert_eq!(fuzzing::positions(&other, &counted), (None, None));
        }
    }
    let (plain, counted) = fuzzing::positions(&list, &text);
    if let Some(id) = plain {
        assert_eq!(fuzzing::cursors(&list, id, 0)[0], text);
    }
    if let Some((id, count)) = counted {
        assert_eq!(fuzzing::cursors(&list, id, count)[1], text);
    }
});
