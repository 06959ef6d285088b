//! Why a command did not do what it was asked for, and what scripts are told of it.

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

/// The exit codes, as the command's help lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Failed = 1,
    Settings = 2,
    Faults = 3,
    Refused = 4,
    Unavailable = 5,
}

impl Failure {
    /// Something failed that is nobody's input.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::new(Status::Failed, text)
    }

    /// The settings are wrong.
    pub(crate) fn settings(text: String) -> Self {
        Self::new(Status::Settings, text)
    }

    /// The command was called in a way in which it does nothing.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Status::Settings, text)
    }

    /// Something of the input collides with what is there.
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self::new(Status::Refused, text)
    }

    /// A store is not there.
    pub(crate) fn unavailable(text: impl Into<String>) -> Self {
        Self::new(Status::Unavailable, text)
    }

    /// Says of which file a failure is, and what that means for its records.
    pub(crate) fn of_file(mut self, file: &Path) -> Self {
        self.text = match self.status {
            Status::Faults => format!("{} has faults; nothing of it was written", shown(file)),
            _ => format!("{}: {}; load it again to go on", shown(file), self.text),
        };
        self
    }

    /// Tells whoever called, and answers with what the process ends with.
    pub(crate) fn tell(&self, json: bool) -> ExitCode {
        let text = if json { self.as_json() } else { self.as_text() };
        // Where nobody reads what went wrong, the exit code still says that something did.
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
            // Writing to a text cannot fail.
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
            // Without the variant's own beginning: the text says it all.
            Error::Unavailable(text) => Self::unavailable(text),
            Error::Internal(_) => Self::failed(text),
        }
    }
}
