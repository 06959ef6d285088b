//! Checks the quotes in CSV files. The csv library lets an unclosed quote end at the end of the file: all rows after
//! it would be lost silently.

use twclone_domain::{Error, Fault};

/// The state of the scan within a field.
#[derive(Clone, Copy)]
enum Place {
    Start,
    Plain,
    Quoted,
    Behind,
}

/// Refuses a text with a quoted field that does not end with its closing quote.
///
/// # Errors
/// `Invalid`, with the line on which the field begins.
pub(crate) fn closed(text: &[u8]) -> Result<(), Error> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let (mut place, mut line, mut began) = (Place::Start, 1_u64, 1_u64);
    for byte in text {
        place = match (place, byte) {
            (Place::Start, b'"') => {
                began = line;
                Place::Quoted
            }
            (Place::Quoted, b'"') | (Place::Behind, b' ' | b'\t') => Place::Behind,
            // A doubled quote stands for one.
            (Place::Behind, b'"') | (Place::Quoted, _) => Place::Quoted,
            (_, b',' | b'\r' | b'\n') => Place::Start,
            (Place::Behind, _) => {
                let message =
                    "text follows a closing quote; close the field's quote, or write each quote within a field twice";
                return Err(at(began, message));
            }
            (Place::Start | Place::Plain, _) => Place::Plain,
        };
        line += u64::from(*byte == b'\n');
    }
    match place {
        Place::Quoted => Err(at(began, "a quote is not closed; close it, or write each quote within a field twice")),
        Place::Start | Place::Plain | Place::Behind => Ok(()),
    }
}

fn at(line: u64, message: &str) -> Error {
    Error::Invalid(vec![Fault::new(format!("line {line}"), message)])
}
