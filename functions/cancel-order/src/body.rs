//! The body of `/card-order/cancel`.

use shared::domain::{BranchId, Faults, Fields, Json, OrderId};

/// Reads the order and the branch that placed it.
pub(crate) fn read(json: &Json) -> Result<(OrderId, BranchId), Faults> {
    let mut fields = Fields::open(json)?;
    let order = fields.required("orderId");
    let branch = fields.required("branchId");
    fields.finish(order.zip(branch))
}
