//! The bodies that more than one function reads.

use super::{BranchId, Faults, Fields, Json, OrderId};

/// Reads the body of `/card-order/process` and `/card-order/status`: one order, or `None` for the one that is due.
pub fn read_order_if_any(json: &Json) -> Result<Option<OrderId>, Faults> {
    let mut fields = Fields::open(json)?;
    let id = fields.optional("cardOrderId");
    fields.finish(Some(id))
}

/// Reads an order and the branch that placed it.
pub fn read_order_and_branch(fields: &mut Fields<'_>) -> Option<(OrderId, BranchId)> {
    let order = fields.required("orderId");
    let branch = fields.required("branchId");
    order.zip(branch)
}

/// Reads the body of an operation that takes none: `{}` means the same.
pub fn read_nothing(json: &Json) -> Result<(), Faults> {
    Fields::open(json)?.finish(Some(()))
}
