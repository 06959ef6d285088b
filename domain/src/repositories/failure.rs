//! Converts errors of a store to errors of the domain.

use crate::Error;
use crate::item_store::api::StoreError;

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Overloaded => Self::Overloaded,
            StoreError::Timeout => Self::Timeout,
            StoreError::Unavailable(detail) => Self::Unavailable(detail),
            StoreError::DiskFull => Self::DiskFull,
            StoreError::DiskFailed => Self::DiskFailed,
            StoreError::FileLost(_) => Self::FileLost(error.to_string()),
            StoreError::NoSuchTable(name) => {
                Self::Unavailable(format!("the table {name} does not exist; run `twclone-admin init`"))
            }
            StoreError::ConditionFailed(_) | StoreError::Invalid(_) | StoreError::Corrupt(_) => {
                Self::Internal(error.to_string())
            }
        }
    }
}
