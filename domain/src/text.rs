//! What people write: texts, options of a quick reply, e-mail addresses.

use std::borrow::Cow;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use unicode_segmentation::UnicodeSegmentation;

/// How many characters an error quotes of what somebody wrote.
const QUOTED: usize = 80;

/// A text as an error quotes it: its first 80 characters, and an ellipsis if there are more.
#[must_use]
pub fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Refuses control characters but those allowed, and counts what a reader sees as one character: extended
/// grapheme clusters (Unicode Standard Annex #29). Where there may be several lines, each ends with a newline, whatever
/// it ended with: forms of browsers and editors of Windows write CRLF.
fn accept(text: &str, most: usize, allowed: &[char]) -> Result<String, String> {
    let text = if allowed.contains(&'\n') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
    if let Some(control) = text.chars().find(|letter| letter.is_control() && !allowed.contains(letter)) {
        return Err(format!("must not hold control characters; found U+{:04X}", u32::from(control)));
    }
    if text.trim().is_empty() {
        return Err("must not be empty".to_owned());
    }
    // A grapheme cluster can be long: the bytes are bounded too, far above what people write.
    if text.len() > most * 32 || text.graphemes(true).count() > most {
        return Err(format!("must have at most {most} characters"));
    }
    Ok(text)
}

/// The text of a message: 1–1,000 grapheme clusters, kept byte for byte but for the ends of lines, which become
/// newlines; no control characters but newline and tab. Blank alone is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageText(String);

/// The text of a post or a comment: 1–500 grapheme clusters, kept byte for byte but for the ends of lines, which become
/// newlines; no control characters but newline and tab. Blank alone is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostText(String);

/// The text of a quick reply: 1–36 grapheme clusters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionText(String);

/// An e-mail address, loosely: something, an `@`, something, at most 254 bytes. Whether it works only a
/// message to it can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

/// What somebody says of himself: at most 500 grapheme clusters, may be absent but not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Biography(String);

/// The name that somebody goes by: 1–100 grapheme clusters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullName(String);

/// What a product is called: 1–100 grapheme clusters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductName(String);

/// What a product is: 1–2,000 grapheme clusters; no control characters but newline and tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description(String);

impl FromStr for ProductName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        accept(text, 100, &[]).map(Self)
    }
}

impl FromStr for Description {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        accept(text, 2_000, &['\n', '\t']).map(Self)
    }
}

impl FromStr for FullName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        accept(text, 100, &[]).map(Self)
    }
}

impl FromStr for MessageText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        accept(text, 1_000, &['\n', '\t']).map(Self)
    }
}

impl FromStr for PostText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        accept(text, 500, &['\n', '\t']).map(Self)
    }
}

impl FromStr for OptionText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        accept(text, 36, &[]).map(Self)
    }
}

impl FromStr for Biography {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        accept(text, 500, &['\n', '\t']).map(Self)
    }
}

impl FromStr for EmailAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = !text.chars().any(|letter| letter.is_whitespace() || letter.is_control());
        let halves = text.rsplit_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
        if plain && halves && text.len() <= 254 {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be an e-mail address, as name@example.com".to_owned())
        }
    }
}

macro_rules! stored {
    ($($name:ident),*) => {$(
        impl $name {
            /// What a store gave back: it was parsed when it came in, and the store vouches for it since. To
            /// count the characters of a page again is most of what reading it costs.
            pub(crate) fn stored(text: String) -> Self {
                Self(text)
            }
        }
    )*};
}

stored!(MessageText, PostText, OptionText, ProductName, Description);

macro_rules! written {
    ($($name:ident),*) => {$(
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    )*};
}

written!(MessageText, PostText, OptionText, EmailAddress, Biography, FullName, ProductName, Description);
