//! The bodies of `/card-order/approve` and `/card-order/reject`.

use shared::domain::{BranchId, Faults, Fields, Json, OrderId, Reason, read_order_and_branch};

/// Reads the order and the branch that placed it.
pub(crate) fn read_approval(json: &Json) -> Result<(OrderId, BranchId), Faults> {
    let mut fields = Fields::open(json)?;
    let named = read_order_and_branch(&mut fields);
    fields.finish(named)
}

/// Reads the order, the branch that placed it, and why it is rejected.
pub(crate) fn read_rejection(json: &Json) -> Result<(OrderId, BranchId, Reason), Faults> {
    let mut fields = Fields::open(json)?;
    let named = read_order_and_branch(&mut fields);
    let reason = fields.required("reason");
    fields.finish(named.zip(reason).map(|((order, branch), reason)| (order, branch, reason)))
}
