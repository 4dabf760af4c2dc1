//! One conditional write, or a few that succeed together. The item that refused it comes back with the refusal, so that
//! nothing is read a second time.
//!
//! The SDK repeats a call whose answer was lost. If the first one took effect, the repetition meets the item that it wrote
//! itself, and is refused. So every call has an *attempt*, a new id, and marks the items with it that it writes: an item
//! that carries our attempt was written by us, and the call is a success. (Kit blocks carry none: see `files/claims.rs`.)

use std::time::Duration;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{CancellationReason, Put, ReturnConsumedCapacity, TransactWriteItem, Update};
use serde::de::DeserializeOwned;

use super::expression::{Write, sdk_put, sdk_update};
use super::item::{Attributes, from_attributes, name};
use super::{Store, unreadable};
use crate::aws::{failure, is_conflict, misuse};
use crate::error::Error;

/// How often a write that met another transaction is tried, and how long the first pause may be.
const CONFLICT_ATTEMPTS: u32 = 8;
const CONFLICT_PAUSE_MS: u64 = 15;

/// What became of a write.
#[derive(Debug)]
pub(super) enum WriteOutcome {
    /// All of it was written, now or by an earlier attempt of this call whose answer was lost.
    Written,
    /// None of it was: the condition of the first part failed, on this item.
    Refused(OldItem),
    /// None of it was: the first part's condition held, that of another part failed.
    OtherRefused,
}

/// The item on which a condition failed.
#[derive(Debug)]
pub(super) struct OldItem {
    doing: &'static str,
    attributes: Option<Attributes>,
}

impl OldItem {
    fn carries(&self, attempt: &str) -> bool {
        let marked = self.attributes.as_ref().and_then(|item| item.get(name::ATTEMPT)?.as_s().ok());
        marked.is_some_and(|marked| marked == attempt)
    }

    /// Reads it; `None`: there is none.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<Option<T>, Error> {
        self.attributes.map(from_attributes).transpose().map_err(unreadable(self.doing))
    }
}

impl WriteOutcome {
    pub(super) const fn is_written(&self) -> bool {
        matches!(self, Self::Written)
    }

    /// The item that refused the first part; `None`: the write was not refused, or there is no such item.
    pub(super) fn refused_by<T: DeserializeOwned>(self) -> Result<Option<T>, Error> {
        match self {
            Self::Refused(old) => old.read(),
            Self::Written | Self::OtherRefused => Ok(None),
        }
    }
}

/// What one try brought.
enum Tried {
    Written,
    /// For each part in order: the item on which its condition failed, if it did.
    Refused(Vec<Option<OldItem>>),
    /// Another transaction was at work on an item.
    Conflict,
}

/// A part in the SDK's form.
#[derive(Clone)]
enum Part {
    Put(Put),
    Update(Update),
}

impl Store {
    /// Writes all parts or none. `attempt` is the id of this call, with which the items are marked.
    pub(super) async fn commit(
        &self,
        doing: &'static str,
        writes: impl IntoIterator<Item = Write>,
        attempt: &str,
    ) -> Result<WriteOutcome, Error> {
        let parts = self.parts(doing, writes)?;
        self.commit_parts(doing, || Ok(parts.clone()), attempt).await
    }

    /// Like [`Self::commit`], but builds the writes for each try, so that the first copies nothing.
    pub(super) async fn commit_anew<W>(
        &self,
        doing: &'static str,
        writes: impl Fn() -> Result<W, Error>,
        attempt: &str,
    ) -> Result<WriteOutcome, Error>
    where
        W: IntoIterator<Item = Write>,
    {
        self.commit_parts(doing, || self.parts(doing, writes()?), attempt).await
    }

    fn parts(&self, doing: &'static str, writes: impl IntoIterator<Item = Write>) -> Result<Vec<Part>, Error> {
        let part = |write| match write {
            Write::Put(item, condition) => sdk_put(doing, &self.table, item, condition).map(Part::Put),
            Write::Update(update) => sdk_update(doing, &self.table, update).map(Part::Update),
            Write::PutElsewhere(table, item) => sdk_put(doing, &table, item, None).map(Part::Put),
        };
        writes.into_iter().map(part).collect()
    }

    async fn commit_parts(
        &self,
        doing: &'static str,
        parts: impl Fn() -> Result<Vec<Part>, Error>,
        attempt: &str,
    ) -> Result<WriteOutcome, Error> {
        for round in 0..CONFLICT_ATTEMPTS {
            let mut parts = parts()?;
            let alone = if parts.len() == 1 { parts.pop() } else { None };
            let tried = match alone {
                Some(Part::Put(put)) => self.put_alone(doing, put).await?,
                Some(Part::Update(update)) => self.update_alone(doing, update).await?,
                None => self.together(doing, parts, attempt).await?,
            };
            match tried {
                Tried::Written => return Ok(WriteOutcome::Written),
                Tried::Refused(refusals) => return Ok(outcome(refusals, attempt)),
                Tried::Conflict => pause(round).await,
            }
        }
        Err(Error::Unavailable { doing, source: "other transactions kept the items busy".into() })
    }

    async fn put_alone(&self, doing: &'static str, put: Put) -> Result<Tried, Error> {
        let sent = self
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values)
            .set_return_values_on_condition_check_failure(put.return_values_on_condition_check_failure)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        tried(doing, sent, |error| match error {
            PutItemError::ConditionalCheckFailedException(refused) => Some(Ok(alone(doing, refused))),
            _ => None,
        })
    }

    async fn update_alone(&self, doing: &'static str, update: Update) -> Result<Tried, Error> {
        let sent = self
            .client
            .update_item()
            .table_name(update.table_name)
            .set_key(Some(update.key))
            .update_expression(update.update_expression)
            .set_condition_expression(update.condition_expression)
            .set_expression_attribute_names(update.expression_attribute_names)
            .set_expression_attribute_values(update.expression_attribute_values)
            .set_return_values_on_condition_check_failure(update.return_values_on_condition_check_failure)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        tried(doing, sent, |error| match error {
            UpdateItemError::ConditionalCheckFailedException(refused) => Some(Ok(alone(doing, refused))),
            _ => None,
        })
    }

    async fn together(&self, doing: &'static str, parts: Vec<Part>, attempt: &str) -> Result<Tried, Error> {
        let item = |part| match part {
            Part::Put(put) => TransactWriteItem::builder().put(put).build(),
            Part::Update(update) => TransactWriteItem::builder().update(update).build(),
        };
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(parts.into_iter().map(item).collect()))
            .client_request_token(attempt)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        tried(doing, sent, |error| match error {
            TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                let refusals = refusals(doing, cancelled.cancellation_reasons());
                Some(refusals.ok_or_else(|| misuse(doing, cancelled.message())))
            }
            _ => None,
        })
    }
}

/// What the SDK's answer means; `refusal` reads the error that says that a condition failed.
fn tried<T, E>(
    doing: &'static str,
    sent: Result<T, SdkError<E, HttpResponse>>,
    refusal: impl FnOnce(&E) -> Option<Result<Tried, Error>>,
) -> Result<Tried, Error>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let Err(error) = sent else { return Ok(Tried::Written) };
    if is_conflict(error.code()) {
        return Ok(Tried::Conflict);
    }
    error.as_service_error().and_then(refusal).unwrap_or_else(|| Err(failure(doing, &error)))
}

fn alone(doing: &'static str, refused: &ConditionalCheckFailedException) -> Tried {
    Tried::Refused(vec![Some(OldItem { doing, attributes: refused.item.clone() })])
}

/// Random, so that calls that met do not meet again.
async fn pause(round: u32) {
    let longest_ms = CONFLICT_PAUSE_MS << round.min(4);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=longest_ms))).await;
}

/// What the refusals mean. Parts are written together: one item with our attempt means that all of them were.
fn outcome(refusals: Vec<Option<OldItem>>, attempt: &str) -> WriteOutcome {
    if refusals.iter().flatten().any(|old| old.carries(attempt)) {
        return WriteOutcome::Written;
    }
    refusals.into_iter().next().flatten().map_or(WriteOutcome::OtherRefused, WriteOutcome::Refused)
}

/// Reads why a transaction was cancelled. If a part met another transaction, nothing is known of its condition yet, and
/// the whole is tried again; `None` is a reason that nobody can act on.
fn refusals(doing: &'static str, reasons: &[CancellationReason]) -> Option<Tried> {
    const PASSING: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    const REFUSED: &str = "ConditionalCheckFailed";
    let codes = || reasons.iter().map(|reason| reason.code().unwrap_or("None"));
    if codes().any(|code| PASSING.contains(&code)) {
        return Some(Tried::Conflict);
    }
    let is_refusal = codes().any(|code| code == REFUSED) && codes().all(|code| [REFUSED, "None"].contains(&code));
    let old = |reason: &CancellationReason| {
        (reason.code() == Some(REFUSED)).then(|| OldItem { doing, attributes: reason.item.clone() })
    };
    is_refusal.then(|| Tried::Refused(reasons.iter().map(old).collect()))
}
