//! Text that people write: messages, posts, names, quick replies and e-mail addresses.

use std::borrow::Cow;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use unicode_segmentation::UnicodeSegmentation;

/// Maximum number of characters of user input that an error quotes.
const QUOTED: usize = 80;

/// Shortens a text for an error message: its first 80 characters, and an ellipsis if there are more.
#[must_use]
pub fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Validates a text of one or more lines. CRLF and CR become LF, because browser forms and Windows editors send CRLF.
fn accept_lines(text: &str, most: usize) -> Result<String, String> {
    accept(&text.replace("\r\n", "\n").replace('\r', "\n"), most, &['\n', '\t'])
}

/// Validates a text on one line.
fn accept_line(text: &str, most: usize) -> Result<String, String> {
    accept(text, most, &[])
}

/// Validates a text of at most `most` user-perceived characters: extended grapheme clusters (Unicode Standard Annex
/// #29). Rejects control characters except the allowed ones.
fn accept(text: &str, most: usize, allowed: &[char]) -> Result<String, String> {
    if let Some(control) = text.chars().find(|letter| letter.is_control() && !allowed.contains(letter)) {
        return Err(format!("must not contain control characters; found U+{:04X}", u32::from(control)));
    }
    if is_blank(text) {
        return Err("must have at least one visible character".to_owned());
    }
    // A grapheme cluster can be long, so the bytes are limited too, far above what people write.
    if text.len() > most * 32 || text.graphemes(true).count() > most {
        return Err(format!("must have at most {most} characters"));
    }
    Ok(text.to_owned())
}

/// Validates a name, which appears inside other text and must not change its direction. The directional marks
/// (U+200E, U+200F, U+061C) are allowed: names in two scripts need them, and they affect only the name itself.
fn accept_name(text: &str, most: usize) -> Result<String, String> {
    match text.chars().find(|letter| is_directing(*letter)) {
        Some(letter) => Err(directing(letter)),
        None => accept_line(text, most),
    }
}

/// Validates an e-mail address loosely: only a message to it can tell whether it works.
fn accept_address(text: &str, most: usize) -> Result<String, String> {
    if let Some(letter) = text.chars().find(|letter| is_directing(*letter)) {
        return Err(directing(letter));
    }
    let plain = !text.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    let halves = text.rsplit_once('@').is_some_and(|(local, host)| !is_blank(local) && !is_blank(host));
    if plain && halves && text.len() <= most {
        Ok(text.to_owned())
    } else {
        Err("must be an e-mail address, such as name@example.com".to_owned())
    }
}

/// Returns the error for a name that contains this character.
pub(crate) fn directing(letter: char) -> String {
    format!(
        "must not change the direction of the text around it; remove U+{:04X}, a bidirectional embedding, override \
         or isolate",
        u32::from(letter)
    )
}

/// Returns whether a character changes the direction of the text after it: a bidirectional embedding, override or
/// isolate, or the end of one (Unicode Standard Annex #9).
pub(crate) fn is_directing(letter: char) -> bool {
    matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Returns whether a text has no visible character.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || is_invisible(letter))
}

/// Returns whether a character is invisible on its own: the default ignorable code points of Unicode
/// (DerivedCoreProperties.txt), the annotation marks, and the blank Braille pattern.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D159}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

macro_rules! texts {
    ($($(#[doc = $doc:literal])* $name:ident: $accept:ident, $longest:literal;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Maximum length, in grapheme clusters (in bytes for an e-mail address).
            pub const LONGEST: usize = $longest;

            /// Wraps a text from a store without validating it again: it was validated when it came in. Counting
            /// characters again would be most of the cost of reading a page.
            pub(crate) fn stored(text: String) -> Self {
                Self(text)
            }

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                $accept(text, Self::LONGEST).map(Self)
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

texts! {
    /// The text of a message: 1–1,000 grapheme clusters. Line endings become newlines; the rest is kept byte for byte.
    /// Control characters other than newline and tab are rejected, and so is a text without a visible character.
    MessageText: accept_lines, 1_000;
    /// The text of a post or a comment: 1–500 grapheme clusters. Line endings become newlines; the rest is kept byte
    /// for byte. Control characters other than newline and tab are rejected, and so is a text without a visible
    /// character.
    PostText: accept_lines, 500;
    /// The text of a quick reply: 1–36 grapheme clusters on one line.
    OptionText: accept_line, 36;
    /// An e-mail address: text on both sides of an `@`, at most 254 bytes, without white space, control characters or
    /// bidirectional controls.
    EmailAddress: accept_address, 254;
    /// A biography: 1–500 grapheme clusters.
    Biography: accept_lines, 500;
    /// A full name: 1–100 grapheme clusters on one line, without bidirectional controls.
    FullName: accept_name, 100;
    /// The name of a product: 1–100 grapheme clusters on one line, without bidirectional controls.
    ProductName: accept_name, 100;
    /// The description of a product: 1–2,000 grapheme clusters. Control characters other than newline and tab are
    /// rejected.
    Description: accept_lines, 2_000;
}
