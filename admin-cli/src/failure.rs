//! Failures of commands, with their exit codes and messages.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use twclone_domain::{Error, Fault};

use crate::output::harmless;
use crate::source::shown;

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    status: Status,
    text: String,
    faults: Vec<Fault>,
}

/// The exit codes. The help of `twclone-admin` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Failed = 1,
    Settings = 2,
    Faults = 3,
    Refused = 4,
    Unavailable = 5,
}

impl Failure {
    /// Creates a failure that is not due to the input or the settings.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::new(Status::Failed, text)
    }

    /// Creates a failure because of wrong settings.
    pub(crate) fn settings(text: String) -> Self {
        Self::new(Status::Settings, text)
    }

    /// Creates a failure because of wrong usage. The command has done nothing.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Status::Settings, text)
    }

    /// Creates a failure because the input conflicts with existing data, or names something that does not exist.
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self::new(Status::Refused, text)
    }

    /// Creates a failure because a store is not available.
    pub(crate) fn unavailable(text: impl Into<String>) -> Self {
        Self::new(Status::Unavailable, text)
    }

    /// Adds the file to the message, and what the failure means for its records.
    pub(crate) fn of_file(mut self, file: &Path) -> Self {
        self.text = match self.status {
            Status::Faults => format!("{} has faults; none of it was written", shown(file)),
            _ => format!("{}: {}; load the file again to continue", shown(file), self.text),
        };
        self
    }

    /// Writes the failure to standard error, and returns the exit code.
    pub(crate) fn tell(&self, json: bool) -> ExitCode {
        let text = if json { self.as_json() } else { self.as_text() };
        // If standard error is closed, the exit code still reports the failure.
        let _ = writeln!(std::io::stderr().lock(), "{text}");
        ExitCode::from(self.status as u8)
    }

    fn new(status: Status, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), faults: Vec::new() }
    }

    fn as_json(&self) -> String {
        let faults: Vec<_> =
            self.faults.iter().map(|fault| json!({ "field": fault.field, "message": fault.message })).collect();
        json!({ "error": self.text, "faults": faults }).to_string()
    }

    fn as_text(&self) -> String {
        let mut text = format!("twclone-admin: {}", self.text);
        for fault in &self.faults {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n  {}: {}", fault.field, fault.message);
        }
        harmless(&text)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Invalid(faults) => Self { faults, ..Self::new(Status::Faults, "the input has faults") },
            Error::BadCursor => Self::from(Error::invalid("cursor", text)),
            Error::NotFound(_)
            | Error::Conflict(_)
            | Error::Forbidden(_)
            | Error::WrongCredentials
            | Error::BadToken
            | Error::BadRefreshToken
            | Error::TooMany(..)
            | Error::Stale(_)
            | Error::AlreadyAnswered(_)
            | Error::KeyReused => Self::refused(text),
            Error::Overloaded | Error::DiskFull | Error::DiskFailed | Error::FileLost(_) => Self::unavailable(text),
            Error::Timeout => Self::unavailable("a store did not answer in time; try again"),
            // The text is complete without the prefix that the variant's `Display` adds.
            Error::Unavailable(text) => Self::unavailable(text),
            Error::Internal(_) => Self::failed(text),
        }
    }
}
