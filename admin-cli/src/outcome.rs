//! What became of something that a command was to make or change.

use std::fmt;

use serde::Serialize;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// It is new.
    Created,
    /// Something about it is another now.
    Changed,
    /// It was so before.
    Unchanged,
}

impl Outcome {
    /// Whether it is new.
    pub(crate) fn created(created: bool) -> Self {
        if created { Self::Created } else { Self::Unchanged }
    }

    /// Whether something about it is another now.
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
