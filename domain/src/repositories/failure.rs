//! Converts errors of a store to errors of the domain.

use crate::Error;
use item_store::api::StoreError;
use item_store::workers::WorkError;

impl From<WorkError> for Error {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Overloaded => Self::Overloaded,
            WorkError::Failed(detail) => Self::Internal(detail),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Overloaded => Self::Overloaded,
            StoreError::Timeout => Self::Timeout,
            StoreError::Unavailable(detail) => Self::Unavailable(detail),
            StoreError::DiskFull => Self::DiskFull,
            StoreError::DiskFailed => Self::DiskFailed,
            StoreError::FileLost(_) => Self::FileLost(error.to_string()),
            StoreError::WalDamaged { .. } => {
                Self::Unavailable(format!("{error} (`twclone-admin doctor --repair` keeps a copy, and truncates it)"))
            }
            StoreError::NoSuchTable(name) => {
                Self::Unavailable(format!("the table {name} does not exist; run `twclone-admin init`"))
            }
            StoreError::ConditionFailed(_) | StoreError::Invalid(_) | StoreError::Corrupt(_) => {
                Self::Internal(error.to_string())
            }
        }
    }
}
