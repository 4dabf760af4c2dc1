//! A new order.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::address::SEGMENT_SEPARATOR;
use super::card_number::Guard;
use super::line::CardTypes;
use super::{
    Address, Bin, Branch, BranchId, Faults, Field, Fields, FileName, Json, Lines, MetaValues, OrderId, OrderingParty,
    PinCode, ProcessStart, Sensitive, Tenant, Validity,
};

/// How far ahead an order may be scheduled.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(365 * 24);
/// How far back a start still means "now". An earlier one is probably a mistake, and must not print cards.
const PAST_MAX: SignedDuration = SignedDuration::from_hours(24);

/// A valid order.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Its id: the caller's, or a generated one.
    pub id: OrderId,
    /// The part that is only passed on to the card management system.
    pub body: Sensitive<OrderBody>,
    /// The ordered lines.
    pub lines: Lines,
    /// The file of pre-generated kits, if the order has one.
    pub file: Option<FileName>,
    /// The start that was asked for.
    pub start: Option<ProcessStart>,
    /// When it is due.
    pub scheduled_at: Timestamp,
    /// When it expires unless it has been sent to the card management system.
    pub valid_until: Timestamp,
    /// Distinguishes it from another order with the same id.
    pub content: ContentHash,
}

/// The parts of an order that only the card management system needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderBody {
    /// The ordering branch.
    pub branch: Branch,
    /// Where the kits go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The postal code of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin_code: Option<PinCode>,
    /// The party that the branch orders for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordering_party: Option<OrderingParty>,
    /// The values that the caller attached.
    #[serde(default, skip_serializing_if = "MetaValues::is_empty")]
    pub meta_values: MetaValues,
}

/// SHA-256 of an order's content after parsing: `null` equals absent, and a default equals its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentHash(pub [u8; 32]);

/// What two orders with one id must share to be the same order. The field names are part of the stored hash: never rename
/// one, and skip a new one if it is absent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    body: &'a OrderBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    process_start_time: Option<ProcessStart>,
    validity: Validity,
    products: &'a Lines,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<&'a FileName>,
}

/// A rejected order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why it was rejected.
    pub faults: Faults,
    /// The order, if only the clock or the tenant's settings are against it. It may have been placed before they changed,
    /// and a replay is never rejected.
    pub otherwise: Option<(OrderId, ContentHash)>,
}

/// What an order must meet beyond its form.
#[derive(Clone, Copy)]
enum Terms {
    /// All rules for a new order.
    Present,
    /// None, to compare it with an order that was placed before.
    Any,
}

impl NewOrder {
    /// Reads the body of `/card-order`. `fallback_id` is used if the body has no id.
    pub fn read(json: &Json, tenant: &Tenant, now: Timestamp, fallback_id: &OrderId) -> Result<Self, Refusal> {
        read_or_refuse(json, tenant, now, fallback_id, CardTypes::Any)
    }

    /// Reads the body of `/card-order/withFile`.
    pub fn read_with_file(
        json: &Json,
        tenant: &Tenant,
        now: Timestamp,
        fallback_id: &OrderId,
    ) -> Result<Self, Refusal> {
        read_or_refuse(json, tenant, now, fallback_id, CardTypes::PhysicalOnly)
    }

    /// Returns the id of the ordering branch.
    #[must_use]
    pub fn branch_id(&self) -> &BranchId {
        &self.body.expose().branch.id
    }
}

fn read_or_refuse(
    json: &Json,
    tenant: &Tenant,
    now: Timestamp,
    id: &OrderId,
    types: CardTypes,
) -> Result<NewOrder, Refusal> {
    read(json, tenant, now, id, types, Terms::Present).map_err(|faults| {
        let otherwise = read(json, &tenant.without_limits(), now, id, types, Terms::Any);
        Refusal { faults, otherwise: otherwise.ok().map(|order| (order.id, order.content)) }
    })
}

fn read(
    json: &Json,
    tenant: &Tenant,
    now: Timestamp,
    id: &OrderId,
    types: CardTypes,
    terms: Terms,
) -> Result<NewOrder, Faults> {
    let bins = bins(json, tenant);
    let mut fields = Fields::open_guarded(json, Guard::with_bins(&bins))?;
    let given_id = fields.optional("orderId");
    let branch = fields.required_object("branchInfo", Branch::read);
    let address = fields.optional_in_parts("address", SEGMENT_SEPARATOR);
    let pin_code = fields.optional("pinCode");
    let ordering_party = fields.optional_object("orderingPartyInfo", OrderingParty::read);
    let meta_values = fields.optional_object("metaValues", MetaValues::read);
    let start: Option<ProcessStart> = fields.optional("processStartTime");
    // A start is checked against the validity, whose own faults come after it.
    let validity = if fields.has("validity") { fields.peek("validity") } else { Some(Validity::default()) };
    // In whole seconds, as it is stored.
    let now_stored = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let valid_until = validity.map(|validity| now_stored + validity.duration());
    let scheduled_at = match (start, terms) {
        (Some(start), Terms::Present) => schedule(start, tenant, now, valid_until),
        (None, _) | (_, Terms::Any) => Ok(now),
    };
    let scheduled_at = scheduled_at.map_err(|rule| fields.fault("processStartTime", rule)).ok();
    let validity = fields.optional::<Validity>("validity").or(validity);
    let lines = Lines::read(&mut fields, &tenant.settings, types);
    let file = match types {
        CardTypes::Any => None,
        CardTypes::PhysicalOnly => fields.required::<FileName>("fileName"),
    };
    let parts = branch.zip(lines).zip(scheduled_at).zip(validity.zip(valid_until));
    let (((branch, lines), scheduled_at), (validity, valid_until)) = fields.finish(parts)?;
    let meta_values = meta_values.unwrap_or_default();
    let body = OrderBody { branch, address, pin_code, ordering_party, meta_values };
    let content = ContentHash::of(&Content {
        body: &body,
        process_start_time: start,
        validity,
        products: &lines,
        file_name: file.as_ref(),
    });
    let id = given_id.unwrap_or_else(|| id.clone());
    Ok(NewOrder { id, body: Sensitive::new(body), lines, file, start, scheduled_at, valid_until, content })
}

/// Returns the BINs of the tenant's products and of the order's lines. The guard must know them whatever else is wrong with
/// the request.
fn bins(json: &Json, tenant: &Tenant) -> Vec<Bin> {
    let lines = json.values("products").flat_map(|lines| match lines {
        Json::List(lines) => lines.as_slice(),
        _ => &[],
    });
    let of_lines = lines.flat_map(|line| line.values("bin")).filter_map(Bin::read);
    tenant.settings.products.iter().map(|product| product.bin).chain(of_lines).collect()
}

/// Returns when an order is due, or the rule that its start breaks.
fn schedule(
    start: ProcessStart,
    tenant: &Tenant,
    now: Timestamp,
    valid_until: Option<Timestamp>,
) -> Result<Timestamp, &'static str> {
    match start.instant(&tenant.settings.time_zone) {
        None => Err("must be at most 365 days ahead"),
        Some(at) if at.duration_since(now) > AHEAD_MAX => Err("must be at most 365 days ahead"),
        Some(at) if now.duration_since(at) > PAST_MAX => Err("must not be more than 24 hours in the past"),
        Some(at) if valid_until.is_some_and(|end| at >= end) => Err("must be before the end of validity"),
        Some(at) => Ok(at.max(now)),
    }
}

impl ContentHash {
    fn of(content: &Content<'_>) -> Self {
        // Text, numbers and maps with text keys can always be serialized; content that could not be would equal no other.
        let written = serde_json::to_vec(content).unwrap_or_else(|_| Uuid::new_v4().into_bytes().to_vec());
        Self(Sha256::digest(written).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConfiguredProduct, OrderQuantity, ProductId, Quantity, TenantId, TenantSettings};

    fn tenant(bins: &[&str]) -> Tenant {
        let product = |bin: &&str| ConfiguredProduct {
            product_id: ProductId::parse("P").unwrap(),
            bin: Bin::parse(bin).unwrap(),
            plastic_codes: Vec::new(),
        };
        let settings = TenantSettings {
            display_name: "ACME Bank".to_owned(),
            time_zone: jiff::tz::TimeZone::UTC,
            products: bins.iter().map(product).collect(),
            quantity_max: Quantity::MAX,
            order_quantity_max: OrderQuantity::MAX,
            approval_above: None,
            cms_profile: None,
            status_shards: 1,
            due_shards: 1,
            state: crate::domain::TenantState::Enabled,
        };
        Tenant { id: TenantId::parse("ACME_BANK").unwrap(), settings }
    }

    #[test]
    fn a_number_of_a_bin_in_the_order_or_in_the_product_list_is_refused_in_every_field() {
        let of_first = "1234560000000009";
        let of_second = "7812-3456-7800-0003";
        let body = serde_json::json!({
            "branchInfo": { "branchId": of_first, "branchName": format!("No. {of_second}"), "7812_3456_7800_0003": 1 },
            "address": "12 High Street~78123456~78000003",
            "orderingPartyInfo": { "orderingPartyId": "7812345678000003" },
            "metaValues": { "note": of_second, "sum": 1_234_560_000_000_009_u64, "time": "1763369938417" },
            "products": [{ "productId": of_second, "bin": "123456", "quantity": 1 }],
        });
        let json = Json::parse(body.to_string().as_bytes()).unwrap();
        let faults = |tenant: &Tenant| {
            let order = NewOrder::read(&json, tenant, Timestamp::UNIX_EPOCH, &OrderId::generate());
            order.err().map(|refusal| refusal.faults.into_sentences()).unwrap_or_default()
        };
        let refused = |path: &str| format!("{path} must not contain a card number");
        assert_eq!(
            faults(&tenant(&["123456", "78123456"])),
            [
                refused("branchInfo.branchId"),
                refused("branchInfo.branchName"),
                "branchInfo has an unknown field".to_owned(),
                refused("address"),
                refused("orderingPartyInfo.orderingPartyId"),
                refused("metaValues.note"),
                refused("metaValues.sum"),
                refused("products[0].productId"),
            ]
        );
        // Without the list, the second BIN is unknown.
        assert_eq!(
            faults(&tenant(&[])),
            [
                refused("branchInfo.branchId"),
                "branchInfo.7812_3456_7800_0003 is not a known field".to_owned(),
                refused("metaValues.sum"),
            ]
        );
    }
}
