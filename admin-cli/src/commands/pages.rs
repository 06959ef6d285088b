//! Writes long lists item by item, without holding them in memory.

use std::fmt::Display;

use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;

/// A list that is being written.
pub(crate) struct Writing<'a> {
    output: &'a mut Output,
    /// The name of the array in the JSON document.
    name: &'static str,
    /// The table heading for people.
    heading: String,
    any: bool,
}

impl<'a> Writing<'a> {
    pub(crate) fn new(output: &'a mut Output, name: &'static str, heading: String) -> Self {
        Self { output, name, heading, any: false }
    }

    /// Returns whether the reader has closed standard output.
    pub(crate) fn is_closed(&self) -> bool {
        self.output.is_closed()
    }

    /// Writes one item.
    pub(crate) fn add(&mut self, one: &(impl Serialize + Display)) -> Result<(), Failure> {
        self.begin()?;
        if self.output.is_json() {
            let text = serde_json::to_string(one);
            let text = text.map_err(|error| Failure::failed(format!("cannot write the result as JSON: {error}")))?;
            let before = if self.any { ",\n" } else { "\n" };
            self.output.piece(&format!("{before}    {text}"))?;
        }
        self.output.people(one)?;
        self.any = true;
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Failure> {
        if self.any {
            return Ok(());
        }
        self.output.people(&self.heading)?;
        self.output.piece(&format!("{{\n  \"{}\": [", self.name))
    }

    /// Ends the list, with the cursor of the next page if there is one.
    pub(crate) fn end(&mut self, next: Option<&str>) -> Result<(), Failure> {
        self.begin()?;
        if let Some(next) = next {
            self.output.people(&format!("\nThere are more: --cursor {next}"))?;
        }
        // A cursor contains no characters that JSON escapes.
        let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
        self.output.piece(&format!("\n  ],\n  \"next\": {next}\n}}\n"))
    }
}
