//! Fuzzes ids, names, times and limits: an accepted value, written as text and parsed again, is the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twclone_domain::{AccountReference, Id, IdempotencyKey, Limit, Timestamp, Username};

fuzz_target!(|text: &str| {
    if let Ok(id) = text.parse::<Id>() {
        assert!(id.number() > 0);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string(), text.trim_start_matches(['0', '+']));
    }
    if let Ok(name) = text.parse::<Username>() {
        assert_eq!(name.as_str(), text);
        assert_eq!(name.key().parse::<Username>().as_ref(), Ok(&name));
        assert!(text.parse::<Id>().is_err(), "a name that is an id, too");
    }
    match text.parse::<AccountReference>() {
        Ok(AccountReference::Id(id)) => assert_eq!(text.parse(), Ok(id)),
        Ok(AccountReference::Name(name)) => assert_eq!(text.parse(), Ok(name)),
        Err(_) => assert!(text.parse::<Username>().is_err() && text.parse::<Id>().is_err()),
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        assert_eq!(time.to_string().parse(), Ok(time));
    }
    if let Ok(limit) = text.parse::<Limit>() {
        assert!((1..=100).contains(&limit.get()));
    }
    if text.parse::<IdempotencyKey>().is_ok() {
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()) && (1..=255).contains(&text.len()));
    }
});
