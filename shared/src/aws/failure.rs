//! Turns an SDK error into ours: can the caller try again, or is the fault on our side?

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::error::{Error, Source, chain};

/// Transient codes: throttling, and faults of the service itself.
const PASSING: [&str; 14] = [
    "ConditionalRequestConflict",
    "InternalError",
    "InternalServerError",
    "InternalFailure",
    "LimitExceededException",
    "OperationAborted",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Codes whose message names a role or one of our resources. Any other message may repeat what was sent.
const NAMING: [&str; 4] =
    ["AccessDenied", "AccessDeniedException", "ResourceNotFoundException", "UnrecognizedClientException"];

/// Returns what a failed SDK call means. The source has the kind of failure, never what was sent.
pub(crate) fn failure<E>(doing: &'static str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or("unknown");
            let message = service.err().message().filter(|_| NAMING.contains(&code));
            let status = service.raw().status().as_u16();
            let source: Source = match message {
                Some(message) => format!("{code}: {message}").into(),
                None => format!("{code} (status {status})").into(),
            };
            // A response without a body, as to a HEAD, has only a status. An error with a success status could not be read.
            if PASSING.contains(&code) || !service.raw().status().is_client_error() {
                Error::Unavailable { doing, source }
            } else {
                Error::Internal { doing, source }
            }
        }
        SdkError::ConstructionFailure(_) => Error::Internal { doing, source: "the request could not be built".into() },
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            Error::Unavailable { doing, source: format!("the answer could not be read (status {status})").into() }
        }
        // Timeouts and failed connections; the enum is not exhaustive.
        _ => Error::Unavailable { doing, source: chain(error).into() },
    }
}

/// Whether a write collided with another on the same item.
pub(crate) fn is_conflict(code: Option<&str>) -> bool {
    matches!(
        code,
        Some("TransactionConflictException" | "TransactionInProgressException" | "ReplicatedWriteConflictException")
    )
}

/// An error for a request that the store rejected as wrong.
pub(crate) fn misuse(doing: &'static str, message: Option<&str>) -> Error {
    Error::Internal { doing, source: message.unwrap_or("the store refused the request").to_owned().into() }
}
