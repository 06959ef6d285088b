//! Converts errors of the SDK, with hints for operators.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use super::DynamoDbEngine;
use crate::api::StoreError;

/// Maximum length of a quoted server message, in characters.
const QUOTED: usize = 200;

/// Where the server is, for error messages.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A server at an address.
    Endpoint(String),
    /// Amazon, in a region.
    Region(String),
}

impl DynamoDbEngine {
    /// Converts an error. `table` is named in the result if it is missing or access is denied.
    pub(super) fn failure<E>(&self, operation: &str, error: &SdkError<E>, table: &str) -> StoreError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match error {
            SdkError::TimeoutError(_) => return StoreError::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => return StoreError::Timeout,
            SdkError::ConstructionFailure(_) => {
                return StoreError::Unavailable(
                    not_signed(error)
                        .unwrap_or_else(|| format!("cannot make the request {operation}: {}", line(&innermost(error)))),
                );
            }
            SdkError::DispatchFailure(_) => {
                return StoreError::Unavailable(not_signed(error).unwrap_or_else(|| self.place.not_reached(error)));
            }
            _ => {}
        }
        match error.code().filter(|code| !code.is_empty()) {
            Some("ResourceNotFoundException") => StoreError::NoSuchTable(table.to_owned()),
            Some("ValidationException" | "ItemCollectionSizeLimitExceededException") => {
                StoreError::Invalid(error.message().unwrap_or("no text").to_owned())
            }
            Some("TransactionConflictException" | "TransactionInProgressException") => StoreError::Conflict,
            Some(
                "ProvisionedThroughputExceededException"
                | "ThrottlingException"
                | "RequestLimitExceeded"
                | "LimitExceededException",
            ) => StoreError::Overloaded,
            code => {
                let status = error.raw_response().map(|answer| answer.status().as_u16());
                let message = error.message().map(line);
                StoreError::Unavailable(self.place.refused(operation, table, code, status, message.as_deref()))
            }
        }
    }
}

impl Place {
    /// Describes why a request did not reach a server.
    fn not_reached(&self, error: &(dyn std::error::Error + 'static)) -> String {
        let cause = line(&innermost(error));
        match self {
            Self::Endpoint(address) => {
                format!("cannot reach DynamoDB: {cause}; is there a server at {address}? (--dynamodb-endpoint)")
            }
            Self::Region(region) => {
                format!("cannot reach DynamoDB in the region {region}: {cause}; check AWS_REGION and the network")
            }
        }
    }

    /// Describes an error response, and what to do about it.
    fn refused(
        &self,
        operation: &str,
        table: &str,
        code: Option<&str>,
        status: Option<u16>,
        message: Option<&str>,
    ) -> String {
        let said = message.map(|message| format!(" ({message})")).unwrap_or_default();
        match (code, status) {
            (Some("ExpiredTokenException" | "ExpiredToken" | "RequestExpired"), _) => {
                "the AWS credentials have expired; renew them with `aws sso login`, or set new values of \
                 AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, and start again"
                    .to_owned()
            }
            (
                Some(
                    "UnrecognizedClientException"
                    | "InvalidClientTokenId"
                    | "InvalidSignatureException"
                    | "SignatureDoesNotMatch"
                    | "IncompleteSignatureException"
                    | "IncompleteSignature"
                    | "MissingAuthenticationTokenException"
                    | "MissingAuthenticationToken",
                ),
                _,
            ) => format!(
                "DynamoDB does not accept the AWS credentials{said}; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and \
                 AWS_SESSION_TOKEN, and the clock of this machine"
            ),
            (Some("AccessDeniedException" | "AccessDenied" | "NotAuthorized" | "OptInRequired"), _) => format!(
                "the AWS credentials do not permit {operation} on {table}{said}; allow dynamodb:{operation} in the policy \
                 of the user or role"
            ),
            (Some("UnknownOperationException" | "UnknownOperation" | "UnsupportedOperation" | "NotImplemented"), _)
            | (_, Some(501)) => format!(
                "the server does not support {operation}, which is needed{said}; use Amazon DynamoDB, DynamoDB Local \
                 or a newer version of the server"
            ),
            (Some(code), _) => format!("DynamoDB returned {code} for {operation}{said}"),
            (None, _) => {
                let status = status.map(|status| format!(" (HTTP status {status})")).unwrap_or_default();
                let place = match self {
                    Self::Endpoint(address) => {
                        format!("is there a server with DynamoDB's API at {address}? (--dynamodb-endpoint)")
                    }
                    Self::Region(_) => "check AWS_ENDPOINT_URL and the proxies of the network".to_owned(),
                };
                format!("the response to {operation} is not from DynamoDB{status}; {place}")
            }
        }
    }
}

/// Describes why a request could not be signed. Returns `None` for other errors.
fn not_signed(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let credentials = chain(error).find_map(|error| error.downcast_ref::<CredentialsError>())?;
    if matches!(credentials, CredentialsError::CredentialsNotLoaded(_)) {
        let text = "there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose a profile with \
                    AWS_PROFILE";
        return Some(text.to_owned());
    }
    let cause = line(&innermost(error));
    Some(format!("cannot get AWS credentials: {cause}; renew them, or choose another profile with AWS_PROFILE"))
}

/// Iterates over an error and its causes.
fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// Returns the root cause. The errors around it only say that there was one.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// Formats a text of another program as part of one line.
fn line(text: &str) -> String {
    let words = text.split(|character: char| character.is_whitespace() || character.is_control());
    let text = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
