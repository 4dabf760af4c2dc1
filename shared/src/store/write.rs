//! One conditional write, or a few that succeed together; what refused one comes back with the refusal.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    CancellationReason, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure as OnFailure,
    TransactWriteItem, Update,
};

use super::item::Attributes;
use crate::aws::{failure, is_conflict, misuse};
use crate::error::Error;

/// How often a write that met another transaction is tried, and how long the first pause may be.
const CONFLICT_ATTEMPTS: u32 = 8;
const CONFLICT_PAUSE_MS: u64 = 15;

/// What became of a write.
#[derive(Debug)]
pub(super) enum Outcome {
    /// All of it was written.
    Written,
    /// None of it was: for each part in order, whether its condition failed, with the item that made it fail.
    Refused(Vec<Refusal>),
}

/// The verdict on one part of a refused write.
#[derive(Debug)]
pub(super) enum Refusal {
    /// This part's condition held.
    No,
    /// This part's condition failed, on this item (`None`: there is none).
    Yes(Option<Attributes>),
}

/// The item on which a condition failed; `None`: there is none.
#[derive(Debug)]
pub(super) struct Old(pub(super) Option<Attributes>);

/// A part of a write.
#[derive(Debug, Clone)]
pub(super) enum Write {
    Put(Put),
    Update(Update),
}

impl Outcome {
    /// What the part at `index` failed on, if it did.
    pub(super) fn take_refused(&mut self, index: usize) -> Option<Old> {
        match self {
            Self::Refused(refusals) => match refusals.get_mut(index)? {
                Refusal::Yes(item) => Some(Old(item.take())),
                Refusal::No => None,
            },
            Self::Written => None,
        }
    }
}

enum Verdict {
    Done(Outcome),
    Conflict,
}

/// Writes all parts or none. `attempt` marks this call: a repetition by the SDK is the same call.
pub(super) async fn commit(
    client: &Client,
    doing: &'static str,
    writes: &[Write],
    attempt: &str,
) -> Result<Outcome, Error> {
    for round in 0..CONFLICT_ATTEMPTS {
        let verdict = match writes {
            [Write::Put(put)] => put_alone(client, doing, put).await?,
            [Write::Update(update)] => update_alone(client, doing, update).await?,
            parts => together(client, doing, parts, attempt).await?,
        };
        match verdict {
            Verdict::Done(outcome) => return Ok(outcome),
            Verdict::Conflict => pause(round).await,
        }
    }
    Err(Error::Unavailable { doing, source: "other transactions kept the items busy".into() })
}

/// Random, so that those who met do not meet again.
async fn pause(round: u32) {
    let longest_ms = CONFLICT_PAUSE_MS << round.min(4);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=longest_ms))).await;
}

async fn put_alone(client: &Client, doing: &'static str, put: &Put) -> Result<Verdict, Error> {
    let sent = client
        .put_item()
        .table_name(put.table_name())
        .set_item(Some(put.item().clone()))
        .set_condition_expression(put.condition_expression().map(str::to_owned))
        .set_expression_attribute_names(put.expression_attribute_names().cloned())
        .set_expression_attribute_values(put.expression_attribute_values().cloned())
        .return_values_on_condition_check_failure(OnFailure::AllOld)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await;
    match sent {
        Ok(_) => Ok(Verdict::Done(Outcome::Written)),
        Err(SdkError::ServiceError(service)) => match service.err() {
            PutItemError::ConditionalCheckFailedException(refused) => Ok(refused_alone(refused.item.clone())),
            other if is_conflict(other.code()) => Ok(Verdict::Conflict),
            _ => Err(failure(doing, &SdkError::ServiceError(service))),
        },
        Err(other) => Err(failure(doing, &other)),
    }
}

async fn update_alone(client: &Client, doing: &'static str, update: &Update) -> Result<Verdict, Error> {
    let sent = client
        .update_item()
        .table_name(update.table_name())
        .set_key(Some(update.key().clone()))
        .update_expression(update.update_expression())
        .set_condition_expression(update.condition_expression().map(str::to_owned))
        .set_expression_attribute_names(update.expression_attribute_names().cloned())
        .set_expression_attribute_values(update.expression_attribute_values().cloned())
        .return_values_on_condition_check_failure(OnFailure::AllOld)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await;
    match sent {
        Ok(_) => Ok(Verdict::Done(Outcome::Written)),
        Err(SdkError::ServiceError(service)) => match service.err() {
            UpdateItemError::ConditionalCheckFailedException(refused) => Ok(refused_alone(refused.item.clone())),
            other if is_conflict(other.code()) => Ok(Verdict::Conflict),
            _ => Err(failure(doing, &SdkError::ServiceError(service))),
        },
        Err(other) => Err(failure(doing, &other)),
    }
}

fn refused_alone(item: Option<Attributes>) -> Verdict {
    Verdict::Done(Outcome::Refused(vec![Refusal::Yes(item)]))
}

async fn together(client: &Client, doing: &'static str, parts: &[Write], attempt: &str) -> Result<Verdict, Error> {
    let sent = client
        .transact_write_items()
        .set_transact_items(Some(parts.iter().map(transact_item).collect()))
        .client_request_token(attempt)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await;
    match sent {
        Ok(_) => Ok(Verdict::Done(Outcome::Written)),
        Err(SdkError::ServiceError(service)) => match service.err() {
            TransactWriteItemsError::TransactionCanceledException(canceled) => {
                refusals(canceled.cancellation_reasons()).map_or_else(|| Err(misuse(doing, canceled.message())), Ok)
            }
            other if is_conflict(other.code()) => Ok(Verdict::Conflict),
            _ => Err(failure(doing, &SdkError::ServiceError(service))),
        },
        Err(other) => Err(failure(doing, &other)),
    }
}

/// Reads why a transaction was cancelled. Where a part met another transaction, nothing is known of it yet, and the whole
/// is tried again; `None` is a reason that nobody can act on.
fn refusals(reasons: &[CancellationReason]) -> Option<Verdict> {
    let is = |reason: &CancellationReason, codes: &[&str]| codes.contains(&reason.code().unwrap_or("None"));
    if reasons
        .iter()
        .any(|reason| is(reason, &["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]))
    {
        return Some(Verdict::Conflict);
    }
    let refusal = |reason: &CancellationReason| match reason.code() {
        Some("ConditionalCheckFailed") => Refusal::Yes(reason.item.clone()),
        _ => Refusal::No,
    };
    let is_refused = reasons.iter().any(|reason| is(reason, &["ConditionalCheckFailed"]))
        && reasons.iter().all(|reason| is(reason, &["ConditionalCheckFailed", "None"]));
    is_refused.then(|| Verdict::Done(Outcome::Refused(reasons.iter().map(refusal).collect())))
}

fn transact_item(write: &Write) -> TransactWriteItem {
    let item = TransactWriteItem::builder();
    match write.clone() {
        Write::Put(mut put) => {
            put.return_values_on_condition_check_failure = Some(OnFailure::AllOld);
            item.put(put)
        }
        Write::Update(mut update) => {
            update.return_values_on_condition_check_failure = Some(OnFailure::AllOld);
            item.update(update)
        }
    }
    .build()
}
