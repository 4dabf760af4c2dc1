//! A whole order, as `fetchOrder` answers with it. Every key is always there, `null` where there is nothing.

use crate::domain::{
    Address, Approval, ApprovalState, Branch, BranchCode, BranchId, CardType, CmsOrderId, EmbossType, FilePin, Hold,
    MetaValues, Name, OrderBody, OrderLine, OrderView, OrderingParty, OrderingPartyId, OrderingPartyType, PinCode,
    PlasticCode, Principal, ProcessStart, ProductId, Reason, Status,
};
use jiff::Timestamp;
use serde::Serialize;

/// An order: the request as it was taken, and what became of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WholeOrder {
    order_id: String,
    branch_info: BranchInfo,
    address: Option<Address>,
    pin_code: Option<PinCode>,
    ordering_party_info: Option<PartyInfo>,
    meta_values: Option<MetaValues>,
    process_start_time: Option<ProcessStart>,
    validity: i64,
    products: Vec<OrderedProduct>,
    status: Status,
    card_order_name: String,
    received_at: String,
    valid_until: String,
    scheduled_at: String,
    file: Option<FileInfo>,
    cms_order_id: Option<CmsOrderId>,
    attempts: u32,
    next_action_at: Option<String>,
    hold: Option<HoldInfo>,
    approval: Option<ApprovalInfo>,
    explanation: String,
}

#[derive(Debug, Serialize)]
struct BranchInfo {
    #[serde(rename = "branchId")]
    id: BranchId,
    #[serde(rename = "branchName")]
    name: Option<Name>,
    #[serde(rename = "branchCode")]
    code: Option<BranchCode>,
}

#[derive(Debug, Serialize)]
struct PartyInfo {
    #[serde(rename = "orderingPartyId")]
    id: OrderingPartyId,
    #[serde(rename = "orderingPartyType")]
    kind: Option<OrderingPartyType>,
    #[serde(rename = "orderingPartyName")]
    name: Option<Name>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderedProduct {
    product_id: ProductId,
    bin: String,
    quantity: u32,
    plastic_code: Option<PlasticCode>,
    pan_length: u32,
    pin_generation: bool,
    card_type: CardType,
    emboss_type: EmbossType,
    status: Status,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FileInfo {
    file_name: String,
    sha256: String,
}

#[derive(Debug, Serialize)]
struct HoldInfo {
    since: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct ApprovalInfo {
    state: ApprovalState,
    by: Option<Principal>,
    at: Option<String>,
    reason: Option<Reason>,
}

impl WholeOrder {
    /// The order as it stands, the request as it was taken, and what the order waits for.
    #[must_use]
    pub fn new(order: OrderView, body: &OrderBody, explanation: String) -> Self {
        // The end of validity is so many whole days after the second of creation.
        let validity = (order.valid_until.as_second() - order.received_at.as_second()) / (24 * 60 * 60);
        Self {
            order_id: order.id.to_string(),
            branch_info: body.branch.clone().into(),
            address: body.address.clone(),
            pin_code: body.pin_code.clone(),
            ordering_party_info: body.ordering_party.clone().map(PartyInfo::from),
            meta_values: Some(body.meta_values.clone()).filter(|values| !values.is_empty()),
            process_start_time: order.start,
            validity,
            products: order.lines.into_iter().map(OrderedProduct::from).collect(),
            status: order.status,
            card_order_name: order.label,
            received_at: instant(order.received_at),
            valid_until: instant(order.valid_until),
            scheduled_at: instant(order.scheduled_at),
            file: order.file.map(FileInfo::from),
            cms_order_id: order.cms_order_id,
            attempts: order.attempts,
            next_action_at: order.next_action_at.map(instant),
            hold: order.hold.map(HoldInfo::from),
            approval: order.approval.map(ApprovalInfo::from),
            explanation,
        }
    }
}

fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

impl From<Branch> for BranchInfo {
    fn from(branch: Branch) -> Self {
        Self { id: branch.id, name: branch.name, code: branch.code }
    }
}

impl From<OrderingParty> for PartyInfo {
    fn from(party: OrderingParty) -> Self {
        Self { id: party.id, kind: party.kind, name: party.name }
    }
}

impl From<OrderLine> for OrderedProduct {
    fn from(OrderLine { line, status }: OrderLine) -> Self {
        Self {
            product_id: line.product_id,
            bin: line.bin.number().to_string(),
            quantity: line.quantity.get(),
            plastic_code: line.plastic_code,
            pan_length: line.pan_length.get(),
            pin_generation: line.pin_generation,
            card_type: line.card_type,
            emboss_type: line.emboss_type,
            status,
        }
    }
}

impl From<FilePin> for FileInfo {
    fn from(file: FilePin) -> Self {
        Self { file_name: file.name.to_string(), sha256: file.digest.to_string() }
    }
}

impl From<Hold> for HoldInfo {
    fn from(hold: Hold) -> Self {
        Self { since: instant(hold.since), reason: hold.reason }
    }
}

impl From<Approval> for ApprovalInfo {
    fn from(approval: Approval) -> Self {
        Self { state: approval.state, by: approval.by, at: approval.at.map(instant), reason: approval.reason }
    }
}
