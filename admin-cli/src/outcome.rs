//! The outcome of a command that creates or changes something.

use std::fmt;

use serde::Serialize;

/// The outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// It was created.
    Created,
    /// It existed, and was changed.
    Changed,
    /// Nothing had to be done.
    Unchanged,
}

impl Outcome {
    /// Returns `Created` or `Unchanged`.
    pub(crate) fn created(created: bool) -> Self {
        if created { Self::Created } else { Self::Unchanged }
    }

    /// Returns `Changed` or `Unchanged`.
    pub(crate) fn changed(changed: bool) -> Self {
        if changed { Self::Changed } else { Self::Unchanged }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        })
    }
}
