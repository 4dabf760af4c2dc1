//! The body of `/card-order/cancel`.

use shared::domain::{BranchId, Faults, Fields, Json, OrderId, read_order_and_branch};

/// Reads the order and the branch that placed it.
pub(crate) fn read(json: &Json) -> Result<(OrderId, BranchId), Faults> {
    let mut fields = Fields::open(json)?;
    let named = read_order_and_branch(&mut fields);
    fields.finish(named)
}
