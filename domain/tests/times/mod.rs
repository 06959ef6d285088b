//! The text form of timestamps.

use proptest::prelude::*;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use twclone_domain::Timestamp;

fn written(millis: i64) -> String {
    Timestamp::from_millis(millis).to_string()
}

#[test]
fn the_ends_are_what_rfc_3339_can_write() {
    assert_eq!(written(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(written(-1), written(0));
    assert_eq!(written(253_402_300_799_999), "9999-12-31T23:59:59.999Z");
    assert_eq!(written(i64::MAX), "9999-12-31T23:59:59.999Z");
}

proptest! {
    /// Another parser of RFC 3339 reads the same time, JSON has the same text, and parsing restores the timestamp.
    #[test]
    fn what_is_written_is_the_moment(millis in 0..=253_402_300_799_999_i64) {
        let text = written(millis);
        prop_assert_eq!(text.len(), 24);
        let read = OffsetDateTime::parse(&text, &Rfc3339).unwrap();
        prop_assert_eq!(read.unix_timestamp_nanos(), i128::from(millis) * 1_000_000);
        prop_assert_eq!(text.parse::<Timestamp>().unwrap().millis(), millis);
        let json = serde_json::to_string(&Timestamp::from_millis(millis)).unwrap();
        prop_assert_eq!(json, format!("\"{text}\""));
    }
}
