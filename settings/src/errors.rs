//! Error texts for settings, without the wording of the libraries that read them.

use std::fmt::Display;
use std::str::FromStr;

use figment::error::{Actual, Kind};

/// The largest number of a type.
pub(crate) trait Number: FromStr + Display {
    const MOST: Self;
}

impl Number for u16 {
    const MOST: Self = Self::MAX;
}

impl Number for u32 {
    const MOST: Self = Self::MAX;
}

impl Number for u64 {
    const MOST: Self = Self::MAX;
}

impl Number for usize {
    const MOST: Self = Self::MAX;
}

/// Parses a number from a flag or a variable.
///
/// # Errors
/// A text that says what it must be.
pub(crate) fn number<T: Number>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| must_be_number(T::MOST))
}

fn must_be_number(most: impl Display) -> String {
    format!("must be a whole number from 0 to {most}")
}

/// Returns what is wrong with a setting in a file, or with the file.
pub(crate) fn told(error: &figment::Error, file: &str) -> String {
    let setting = error.path.join(".");
    match &error.kind {
        Kind::UnknownField(_, known) => {
            format!("{file}: {setting} is not a setting; the settings are {}", known.join(", "))
        }
        Kind::UnknownVariant(found, known) => {
            format!("{file}: {setting} is \"{found}\"; it must be one of {}", known.join(", "))
        }
        Kind::InvalidType(found, wanted) | Kind::InvalidValue(found, wanted) => {
            format!("{file}: {setting} is {}; it {}", shown(found), must_be(wanted))
        }
        Kind::Message(text) => match text.strip_prefix("TOML parse error at ") {
            Some(rest) => {
                let place = rest.lines().next().unwrap_or_default();
                format!("{file}: cannot be read at {place}; write each setting as name = value, and each text in \"\"")
            }
            None => format!("{file}: {setting} {text}"),
        },
        _ => format!("{file}: the value of {setting} has the wrong form"),
    }
}

fn shown(found: &Actual) -> String {
    match found {
        Actual::Bool(found) => found.to_string(),
        Actual::Unsigned(found) => found.to_string(),
        Actual::Signed(found) => found.to_string(),
        Actual::Float(found) => found.to_string(),
        Actual::Str(found) => format!("\"{found}\""),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a table".to_owned(),
        _ => "something else".to_owned(),
    }
}

fn must_be(wanted: &str) -> String {
    match wanted {
        "u16" => must_be_number(u16::MAX),
        "u32" => must_be_number(u32::MAX),
        "u64" | "usize" => must_be_number(u64::MAX),
        "a string" | "path string" => "must be a text, in \"\"".to_owned(),
        other => format!("must be {other}"),
    }
}
