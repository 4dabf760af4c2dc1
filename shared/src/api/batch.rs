//! Batches of queue messages: a message that may succeed later goes back to the queue, alone.

use std::convert::Infallible;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::future::BoxFuture;
use lambda_runtime::LambdaEvent;
use tracing::Instrument;

use crate::deadline::Deadline;
use crate::error::{Error, chain};

/// One call of a queue function.
#[derive(Debug, Clone)]
pub struct BatchCall {
    /// The id of the call.
    pub request_id: String,
    /// When it must stop starting further work.
    pub deadline: Deadline,
}

/// Handles each message of a batch. Those that failed are logged and named in the answer, so that they are received again.
pub async fn answer<'a>(
    batch: SqsEvent,
    handle: impl Fn(String) -> BoxFuture<'a, Result<(), Error>>,
) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        let SqsMessage { message_id, body, .. } = message;
        let id = message_id.unwrap_or_default();
        let span = tracing::error_span!("message", message.id = id, tenant = tracing::field::Empty);
        let handled = async {
            let handled = handle(body.unwrap_or_default()).await;
            if let Err(error) = &handled {
                let cause = std::error::Error::source(error).map(chain);
                tracing::error!(%error, cause, "message goes back to the queue");
            }
            handled
        };
        if handled.instrument(span).await.is_err() {
            response.add_failure(id);
        }
    }
    response
}

/// Serves a queue function on Lambda, until the sandbox ends. It starts no work in the last `reserve` of a call's time.
pub async fn serve<H>(reserve: Duration, handler: H) -> Result<(), lambda_runtime::Error>
where
    H: AsyncFn(SqsEvent, &BatchCall) -> SqsBatchResponse,
{
    let handler = &handler;
    let service = lambda_runtime::service_fn(|event: LambdaEvent<SqsEvent>| async move {
        let deadline = Deadline::before(event.context.deadline(), reserve);
        let call = BatchCall { request_id: event.context.request_id, deadline };
        Ok::<_, Infallible>(handler(event.payload, &call).await)
    });
    lambda_runtime::run(service).await
}
