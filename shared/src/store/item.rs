//! The items of the table: the only place that knows the names of attributes. They are short, since names are paid for.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Bin, BranchId, CardType, Change, ConfiguredProduct, ContentHash, EmbossType, FileDigest, FileName, FileStatus,
    FileToken, Group, KitFile, Line, OrderId, OrderQuantity, PanLength, PlasticCode, ProductId, Quantity, Sequencer,
    Status, StoredObject, TenantSettings,
};

/// An item as the SDK has it.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// Names that stand in expressions.
pub(super) mod name {
    pub const PK: &str = "pk";
    pub const SK: &str = "sk";
    pub const VERSION: &str = "v";
    pub const ATTEMPT: &str = "ai";
    pub const STATUS: &str = "st";
    pub const STATUS_INDEX_PK: &str = "gsi1pk";
    pub const STATUS_INDEX_SK: &str = "gsi1sk";
    pub const DUE_INDEX_PK: &str = "gsi2pk";
    pub const DUE_INDEX_SK: &str = "gsi2sk";
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
    pub const TOKEN: &str = "tk";
    pub const LEASE_UNTIL: &str = "lu";
    pub const LOSSES: &str = "lo";
    pub const USED_BY: &str = "us";
    pub const FAULTS: &str = "fa";
    pub const OWNER: &str = "ow";
}

/// An item could not be read as what it should be.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// An attribute is missing or has another type.
    #[error("attributes")]
    Shape(#[source] serde_dynamo::Error),
    /// A time, a digest or a zone is not one.
    #[error("the attribute {0} cannot be read")]
    Value(&'static str),
}

pub(super) fn to_attributes<T: Serialize>(item: &T) -> Result<Attributes, ItemError> {
    serde_dynamo::to_item(item).map_err(ItemError::Shape)
}

pub(super) fn from_attributes<'de, T: Deserialize<'de>>(attributes: Attributes) -> Result<T, ItemError> {
    serde_dynamo::from_item(attributes).map_err(ItemError::Shape)
}

/// What DynamoDB counts for an item, in bytes (names and values; lists and maps cost 3 bytes and 1 for each entry).
pub(super) fn size(attributes: &Attributes) -> usize {
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

/// An order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OrderItem {
    pub pk: String,
    pub sk: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gsi1pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gsi1sk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gsi2pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gsi2sk: Option<String>,
    #[serde(rename = "v")]
    pub version: u64,
    #[serde(rename = "ai")]
    pub attempt: String,
    #[serde(rename = "st")]
    pub status: Status,
    #[serde(rename = "nm")]
    pub label: String,
    #[serde(rename = "br")]
    pub branch: BranchId,
    #[serde(rename = "h")]
    pub content: String,
    #[serde(rename = "ln")]
    pub lines: Vec<LineItem>,
    #[serde(rename = "sc")]
    pub scheduled_at_s: i64,
    #[serde(rename = "vu")]
    pub valid_until_s: i64,
    #[serde(rename = "s1")]
    pub status_shard: u32,
    #[serde(rename = "s2")]
    pub due_shard: u32,
    #[serde(rename = "hi")]
    pub history: Vec<ChangeItem>,
    #[serde(rename = "bd", skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(rename = "fn", skip_serializing_if = "Option::is_none")]
    pub file: Option<FileName>,
    #[serde(rename = "fk", skip_serializing_if = "Option::is_none")]
    pub file_key: Option<String>,
    #[serde(rename = "fv", skip_serializing_if = "Option::is_none")]
    pub file_version_id: Option<String>,
    #[serde(rename = "fs", skip_serializing_if = "Option::is_none")]
    pub file_digest: Option<String>,
}

/// The body of an order whose item would be too large with it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BodyItem {
    pub pk: String,
    pub sk: String,
    #[serde(rename = "bd")]
    pub body: String,
}

/// A line; what has its default is left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LineItem {
    #[serde(rename = "p")]
    product_id: ProductId,
    #[serde(rename = "b")]
    bin: Bin,
    #[serde(rename = "q")]
    quantity: Quantity,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    plastic_code: Option<PlasticCode>,
    #[serde(rename = "l", default, skip_serializing_if = "is_default")]
    pan_length: PanLength,
    #[serde(rename = "g", default, skip_serializing_if = "is_default")]
    pin_generation: bool,
    #[serde(rename = "t", default, skip_serializing_if = "is_default")]
    card_type: CardType,
    #[serde(rename = "e", default, skip_serializing_if = "is_default")]
    emboss_type: EmbossType,
    /// Only where it is not the order's.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<&Line> for LineItem {
    fn from(line: &Line) -> Self {
        Self {
            product_id: line.product_id.clone(),
            bin: line.bin,
            quantity: line.quantity,
            plastic_code: line.plastic_code.clone(),
            pan_length: line.pan_length,
            pin_generation: line.pin_generation,
            card_type: line.card_type,
            emboss_type: line.emboss_type,
            status: None,
        }
    }
}

impl From<LineItem> for Line {
    fn from(item: LineItem) -> Self {
        Self {
            product_id: item.product_id,
            bin: item.bin,
            quantity: item.quantity,
            plastic_code: item.plastic_code,
            pan_length: item.pan_length,
            pin_generation: item.pin_generation,
            card_type: item.card_type,
            emboss_type: item.emboss_type,
        }
    }
}

/// A change of status.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ChangeItem {
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    from: Option<Status>,
    #[serde(rename = "t")]
    to: Status,
    #[serde(rename = "a")]
    at_ms: i64,
    #[serde(rename = "w")]
    actor: String,
    #[serde(rename = "r")]
    request_id: String,
}

impl From<&Change> for ChangeItem {
    fn from(change: &Change) -> Self {
        Self {
            from: change.from,
            to: change.to,
            at_ms: change.at.as_millisecond(),
            actor: change.actor.to_owned(),
            request_id: change.request_id.clone(),
        }
    }
}

/// A file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FileItem {
    pub pk: String,
    pub sk: String,
    #[serde(rename = "ai")]
    pub attempt: String,
    #[serde(rename = "st")]
    pub status: FileStatus,
    #[serde(rename = "tk")]
    pub token: FileToken,
    #[serde(rename = "nm")]
    pub name: FileName,
    #[serde(rename = "ok")]
    pub object_key: String,
    #[serde(rename = "vi")]
    pub object_version: String,
    #[serde(rename = "sq", default, skip_serializing_if = "Option::is_none")]
    pub sequencer: Option<Sequencer>,
    #[serde(rename = "sh", default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    #[serde(rename = "n")]
    pub details: u32,
    #[serde(rename = "gr", default)]
    pub groups: Vec<GroupItem>,
    #[serde(rename = "us", default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<OrderId>,
    #[serde(rename = "lu")]
    pub lease_until_s: i64,
    #[serde(rename = "lo")]
    pub losses: u32,
    #[serde(rename = "fa", default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// A group of a file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GroupItem {
    #[serde(rename = "p")]
    product_id: ProductId,
    #[serde(rename = "b")]
    bin: Bin,
    #[serde(rename = "c")]
    plastic_code: PlasticCode,
    #[serde(rename = "l")]
    pan_length: PanLength,
    #[serde(rename = "q")]
    quantity: u32,
}

impl FileItem {
    pub(super) fn new(pk: String, file: &KitFile, attempt: &str) -> Self {
        Self {
            pk,
            sk: super::keys::ALONE.to_owned(),
            attempt: attempt.to_owned(),
            status: file.status,
            token: file.token.clone(),
            name: file.name.clone(),
            object_key: file.object.key.clone(),
            object_version: file.object.version_id.clone(),
            sequencer: file.sequencer.clone(),
            digest: file.digest.map(|digest| digest_text(&digest.0)),
            details: file.details,
            groups: file.groups.iter().map(GroupItem::from).collect(),
            used_by: file.used_by.clone(),
            lease_until_s: file.lease_until.as_second(),
            losses: file.losses,
            faults: file.faults.clone(),
        }
    }
}

impl TryFrom<FileItem> for KitFile {
    type Error = ItemError;

    fn try_from(item: FileItem) -> Result<Self, ItemError> {
        Ok(Self {
            name: item.name,
            token: item.token,
            status: item.status,
            object: StoredObject { key: item.object_key, version_id: item.object_version },
            sequencer: item.sequencer,
            digest: item.digest.map(|digest| digest_bytes(&digest).map(FileDigest)).transpose()?,
            details: item.details,
            groups: item.groups.into_iter().map(Group::from).collect(),
            used_by: item.used_by,
            lease_until: seconds(item.lease_until_s)?,
            losses: item.losses,
            faults: item.faults,
        })
    }
}

impl From<&Group> for GroupItem {
    fn from(group: &Group) -> Self {
        Self {
            product_id: group.product_id.clone(),
            bin: group.bin,
            plastic_code: group.plastic_code.clone(),
            pan_length: group.pan_length,
            quantity: group.quantity,
        }
    }
}

impl From<GroupItem> for Group {
    fn from(item: GroupItem) -> Self {
        Self {
            product_id: item.product_id,
            bin: item.bin,
            plastic_code: item.plastic_code,
            pan_length: item.pan_length,
            quantity: item.quantity,
        }
    }
}

/// A claim on a kit.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KitItem {
    pub pk: String,
    pub sk: String,
    /// The content that claims it.
    #[serde(rename = "ow")]
    pub owner: FileToken,
    #[serde(rename = "nm")]
    pub file: FileName,
}

/// A tenant's settings: written by people, hence whole words.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettingsItem {
    pub pk: String,
    pub sk: String,
    pub display_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_max: Option<Quantity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_quantity_max: Option<OrderQuantity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_shards: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_shards: Option<u32>,
}

/// A product of a tenant's list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProductItem {
    product_id: ProductId,
    /// A text, as in an order.
    bin: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    plastic_codes: Vec<PlasticCode>,
}

const STATUS_SHARDS: u32 = 4;
const DUE_SHARDS: u32 = 8;

impl TryFrom<SettingsItem> for TenantSettings {
    type Error = ItemError;

    fn try_from(item: SettingsItem) -> Result<Self, ItemError> {
        let zone = item.time_zone.as_deref().unwrap_or("UTC");
        let product = |product: ProductItem| {
            Ok(ConfiguredProduct {
                product_id: product.product_id,
                bin: Bin::parse(&product.bin).map_err(|_| ItemError::Value("products[].bin"))?,
                plastic_codes: product.plastic_codes,
            })
        };
        Ok(Self {
            display_name: item.display_name,
            time_zone: TimeZone::get(zone).map_err(|_| ItemError::Value("timeZone"))?,
            products: item.products.into_iter().map(product).collect::<Result<_, _>>()?,
            quantity_max: item.quantity_max.unwrap_or(Quantity::MAX),
            order_quantity_max: item.order_quantity_max.unwrap_or(OrderQuantity::MAX),
            status_shards: item.status_shards.unwrap_or(STATUS_SHARDS).clamp(1, 64),
            due_shards: item.due_shards.unwrap_or(DUE_SHARDS).clamp(1, 64),
        })
    }
}

pub(super) fn digest_text(digest: &[u8; 32]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest)
}

fn digest_bytes(text: &str) -> Result<[u8; 32], ItemError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| ItemError::Value("digest"))?;
    bytes.try_into().map_err(|_| ItemError::Value("digest"))
}

pub(super) fn content_hash(text: &str) -> Result<ContentHash, ItemError> {
    digest_bytes(text).map(ContentHash)
}

pub(super) fn seconds(seconds: i64) -> Result<Timestamp, ItemError> {
    Timestamp::from_second(seconds).map_err(|_| ItemError::Value("time"))
}
