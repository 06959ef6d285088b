//! What a command answers on standard output: for people, or as one JSON document.

use std::fmt::Display;
use std::io::{ErrorKind, Write as _};

use serde::Serialize;

use crate::failure::Failure;

/// Standard output. Whoever reads may stop reading, as `head` does: then the rest is kept back, and the
/// command goes on to its end.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    closed: bool,
}

impl Output {
    /// Output for people, or as JSON.
    pub(crate) fn new(json: bool) -> Self {
        Self { json, closed: false }
    }

    /// Whether it is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether nobody reads it any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// The whole of an answer.
    pub(crate) fn answer(&mut self, answer: &(impl Display + Serialize)) -> Result<(), Failure> {
        self.people(answer)?;
        self.document(answer)
    }

    /// A part of an answer for people alone, with a line's end behind it.
    pub(crate) fn people(&mut self, part: &impl Display) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.write(&format!("{}\n", harmless(&part.to_string()))) }
    }

    /// The JSON document; nothing for people.
    pub(crate) fn document(&mut self, document: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(document);
        let text = text.map_err(|error| Failure::failed(format!("cannot write the answer as JSON: {error}")))?;
        self.write(&format!("{text}\n"))
    }

    /// A part of a JSON document that is too long to be held; nothing for people.
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

/// Tells whether a character moves the text beside it: the controls of the bidirectional algorithm, and the line and
/// paragraph separators, which are not control characters.
fn rearranges(letter: char) -> bool {
    matches!(
        letter,
        '\u{61C}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

/// A text that does nothing to a terminal but appear: what stands in a file could hold its commands.
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
