//! The output of a command on standard output: text for people, or one JSON document.

use std::fmt::Display;
use std::io::{ErrorKind, Write as _};

use serde::Serialize;

use crate::failure::Failure;

/// Standard output. If the reader closes it early, as `head` does, the rest of the output is discarded and the
/// command still runs to its end.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    closed: bool,
}

impl Output {
    /// Creates an output for people, or as JSON.
    pub(crate) fn new(json: bool) -> Self {
        Self { json, closed: false }
    }

    /// Returns whether the output is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Returns whether the reader has closed standard output.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes the whole result, as text or as JSON.
    pub(crate) fn answer(&mut self, answer: &(impl Display + Serialize)) -> Result<(), Failure> {
        self.people(answer)?;
        self.document(answer)
    }

    /// Writes a part of the text for people, and a newline. Writes nothing as JSON.
    pub(crate) fn people(&mut self, part: &impl Display) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.write(&format!("{}\n", harmless(&part.to_string()))) }
    }

    /// Writes the JSON document. Writes nothing for people.
    pub(crate) fn document(&mut self, document: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(document);
        let text = text.map_err(|error| Failure::failed(format!("cannot write the result as JSON: {error}")))?;
        self.write(&format!("{text}\n"))
    }

    /// Writes a piece of a JSON document that is too long for memory. Writes nothing for people.
    pub(crate) fn piece(&mut self, piece: &str) -> Result<(), Failure> {
        if self.json { self.write(piece) } else { Ok(()) }
    }

    fn write(&mut self, text: &str) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        let mut standard = std::io::stdout().lock();
        match standard.write_all(text.as_bytes()).and_then(|()| standard.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(Failure::failed(format!("cannot write to standard output: {error}"))),
        }
    }
}

/// Returns whether a character rearranges the text around it: a control of the bidirectional algorithm, or a line or
/// paragraph separator. These are not control characters.
fn rearranges(letter: char) -> bool {
    matches!(
        letter,
        '\u{61C}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

/// Escapes control characters other than newline and tab, and characters that rearrange text. Data from a file could
/// otherwise send commands to the terminal.
pub(crate) fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for letter in text.chars() {
        if (letter.is_control() && letter != '\n' && letter != '\t') || rearranges(letter) {
            harmless.extend(letter.escape_default());
        } else {
            harmless.push(letter);
        }
    }
    harmless
}
