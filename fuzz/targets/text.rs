//! Fuzzes user text: accepted text is unchanged except for line endings, not too long, and without hidden characters.

#![no_main]

use std::fmt::Debug;
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use twclone_domain::accounts::Password;
use twclone_domain::{Biography, EmailAddress, FullName, MessageText, OptionText, PostText};
use unicode_normalization::UnicodeNormalization as _;

/// Checks a text type that allows `longest` characters.
fn kept<T: FromStr<Err = String> + Into<String> + Debug>(text: &str, longest: usize) {
    match text.parse::<T>() {
        Ok(accepted) => {
            let accepted: String = accepted.into();
            assert_eq!(accepted, text.replace("\r\n", "\n").replace('\r', "\n"));
            assert!(!text.trim().is_empty());
            assert!(text.chars().filter(|letter| letter.is_alphanumeric()).count() <= longest * 64);
            let hidden = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
            assert!(!text.chars().any(hidden), "{text:?}");
        }
        Err(fault) => assert!(!fault.is_empty()),
    }
}

fuzz_target!(|text: &str| {
    kept::<MessageText>(text, 1_000);
    kept::<PostText>(text, 500);
    kept::<OptionText>(text, 36);
    kept::<FullName>(text, 100);
    kept::<Biography>(text, 500);
    if let Ok(address) = text.parse::<EmailAddress>() {
        assert_eq!(String::from(address), text);
        assert!(text.len() <= 254 && text.contains('@'));
    }
    if text.parse::<Password>().is_ok() {
        // The limits are those of the normalised form, which is hashed.
        let normalised: String = text.nfkc().collect();
        assert!((8..=71).contains(&normalised.len()) && !normalised.contains('\0'));
    }
});
