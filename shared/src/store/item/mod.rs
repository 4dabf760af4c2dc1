//! The items of the table: the only place that knows attribute names. Most are short, since DynamoDB bills for names; those
//! that operators or the event pipe read are whole words. The first release freezes them (`tests/stored_items.rs`).

mod credential;
mod event;
mod file;
mod kit;
mod misplaced;
mod order;
mod settings;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(in crate::store) use credential::{KeyItem, PlanKeyItem, PrincipalItem};
pub(in crate::store) use event::{EventItem, EventOrder, approval};
pub(in crate::store) use file::{FileItem, ListedFileItem};
pub(in crate::store) use kit::{BlockItem, ClaimItem};
pub(in crate::store) use misplaced::MisplacedItem;
pub(in crate::store) use order::{BodyItem, CHANGES_MAX, ChangeItem, HistoryItem, LineItem, OrderItem};
pub(in crate::store) use settings::{DUE_SHARDS, STATUS_SHARDS, SettingsChangeItem, SettingsItem, TenantItem};

use crate::domain::ContentHash;

/// An item in the SDK's form.
pub(in crate::store) type Attributes = HashMap<String, AttributeValue>;

/// Names used in expressions.
pub(in crate::store) mod name {
    pub const PK: &str = "pk";
    pub const SK: &str = "sk";
    pub const VERSION: &str = "v";
    pub const ATTEMPT: &str = "ai";
    pub const STATUS: &str = "st";
    pub const STATUS_INDEX_PK: &str = "gsi1pk";
    pub const STATUS_INDEX_SK: &str = "gsi1sk";
    pub const DUE_INDEX_PK: &str = "gsi2pk";
    pub const DUE_INDEX_SK: &str = "gsi2sk";
    pub const CREATION_INDEX_PK: &str = "gsi3pk";
    pub const CREATION_INDEX_SK: &str = "gsi3sk";
    pub const BRANCH: &str = "br";
    pub const VALID_UNTIL: &str = "vu";
    pub const HISTORY: &str = "hi";
    pub const FILE: &str = "fn";
    pub const OBJECT_KEY: &str = "ok";
    pub const SEQUENCER: &str = "sq";
    pub const DETAILS: &str = "n";
    pub const GROUPS: &str = "gr";
    pub const OBJECT_VERSION: &str = "vi";
    pub const LABEL: &str = "nm";
    pub const DIGEST: &str = "sh";
    pub const UPLOAD_ID: &str = "ui";
    pub const LEASE_UNTIL: &str = "lu";
    pub const LOSSES: &str = "lo";
    pub const USED_BY: &str = "us";
    pub const FAULTS: &str = "fa";
    pub const BLOCK_VERSION: &str = "version";
    pub const SCHEDULED_AT: &str = "sc";
    pub const LINES: &str = "ln";
    pub const EPOCH: &str = "ep";
    pub const ATTEMPTS: &str = "na";
    pub const LEASE_OWNER: &str = "lw";
    pub const CMS_ORDER_ID: &str = "ci";
    pub const ORDER_CMS_PROFILE: &str = "cp";
    pub const HOLD: &str = "hold";
    pub const LAST_ERROR: &str = "er";
    pub const HELD_SINCE: &str = "hs";
    pub const FILE_IS_FREE: &str = "ff";
    pub const APPROVAL: &str = "approval";
    pub const MAKER: &str = "mk";
    pub const REVIEWED_BY: &str = "rb";
    pub const REVIEWED_AT: &str = "ra";
    pub const REASON: &str = "rr";
    pub const EVENT: &str = "change";
    pub const TENANT: &str = "tenant";
    pub const REVOKED_AT: &str = "revokedAt";
    pub const USAGE_IDENTIFIER_KEY: &str = "usageIdentifierKey";
    /// By which DynamoDB removes an item.
    pub const REMOVAL: &str = "ttl";
    pub const BODY: &str = "bd";
    pub const APPROVAL_ABOVE: &str = "approvalAbove";
    pub const CMS_PROFILE: &str = "cmsProfile";
    pub const STATUS_SHARDS: &str = "statusShards";
    pub const DUE_SHARDS: &str = "dueShards";
}

/// An item could not be read as its type.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// An attribute is missing or has another type. Which one is left out: serde's text would repeat the value.
    #[error("an attribute is missing or of another type")]
    Shape,
    /// A time, a digest or a zone is malformed.
    #[error("the attribute {0} cannot be read")]
    Value(&'static str),
}

pub(in crate::store) fn to_attributes<T: Serialize>(item: &T) -> Result<Attributes, ItemError> {
    serde_dynamo::to_item(item).map_err(|_| ItemError::Shape)
}

pub(in crate::store) fn from_attributes<'de, T: Deserialize<'de>>(attributes: Attributes) -> Result<T, ItemError> {
    serde_dynamo::from_item(attributes).map_err(|_| ItemError::Shape)
}

/// Returns the size of an item as DynamoDB counts it, in bytes: names and values; a list or map costs 3 and 1 per entry.
pub(in crate::store) fn size(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len() / 2 + 2,
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.iter().map(|(name, value)| 1 + name.len() + value_size(value)).sum::<usize>(),
        _ => 1,
    }
}

pub(in crate::store) fn digest_text(digest: &[u8; 32]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest)
}

fn digest_bytes(text: &str) -> Result<[u8; 32], ItemError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| ItemError::Value("digest"))?;
    bytes.try_into().map_err(|_| ItemError::Value("digest"))
}

pub(in crate::store) fn content_hash(text: &str) -> Result<ContentHash, ItemError> {
    digest_bytes(text).map(ContentHash)
}

pub(in crate::store) fn millis(millis: i64) -> Result<Timestamp, ItemError> {
    Timestamp::from_millisecond(millis).map_err(|_| ItemError::Value("time"))
}

pub(in crate::store) fn seconds(seconds: i64) -> Result<Timestamp, ItemError> {
    Timestamp::from_second(seconds).map_err(|_| ItemError::Value("time"))
}
