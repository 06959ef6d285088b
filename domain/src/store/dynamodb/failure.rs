//! What the SDK's errors mean.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::store::table::StoreError;

/// What an error means to the caller. `table` is named where it is missing.
pub(super) fn failure<E>(error: SdkError<E>, table: &str) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match &error {
        SdkError::TimeoutError(_) => return StoreError::Timeout,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => return StoreError::Timeout,
        SdkError::DispatchFailure(_) => {
            return StoreError::Unavailable(format!("cannot reach DynamoDB: {}", innermost(&error)));
        }
        _ => {}
    }
    let message = || error.message().unwrap_or("no text").to_owned();
    match error.code() {
        Some("ResourceNotFoundException") => StoreError::NoSuchTable(table.to_owned()),
        Some("ValidationException" | "ItemCollectionSizeLimitExceededException") => StoreError::Invalid(message()),
        Some("TransactionConflictException" | "TransactionInProgressException") => StoreError::Conflict,
        Some(
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "LimitExceededException",
        ) => StoreError::Overloaded,
        _ => StoreError::Unavailable(DisplayErrorContext(error).to_string()),
    }
}

/// What an error comes down to: those around it only say that there was one.
fn innermost(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).last().map(ToString::to_string).unwrap_or_default()
}
