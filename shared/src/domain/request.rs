//! The small requests: cancel an order, ask for one, work on one, ask for a file.

use super::{BranchId, DropName, Faults, Field, Fields, FileName, Json, OrderId};

/// The body of `/card-order/cancel`.
#[derive(Debug, Clone)]
pub struct CancelOrder {
    /// The order.
    pub order_id: OrderId,
    /// The branch that placed it.
    pub branch_id: BranchId,
}

impl CancelOrder {
    /// Reads the body.
    pub fn read(json: &Json) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let Some(mut fields) = Fields::open(json, "", &mut faults) else { return Err(faults) };
        let order_id = fields.required("orderId", &mut faults);
        let branch_id = fields.required("branchId", &mut faults);
        fields.close(&mut faults);
        match (order_id, branch_id, faults.is_empty()) {
            (Some(order_id), Some(branch_id), true) => Ok(Self { order_id, branch_id }),
            _ => Err(faults),
        }
    }
}

/// The body of `/card-order/fetchStatus`.
#[derive(Debug, Clone)]
pub struct OrderQuery {
    /// The order.
    pub order_id: OrderId,
}

impl OrderQuery {
    /// Reads the body.
    pub fn read(json: &Json) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let Some(mut fields) = Fields::open(json, "", &mut faults) else { return Err(faults) };
        let order_id = fields.required("cardOrderId", &mut faults);
        fields.close(&mut faults);
        match (order_id, faults.is_empty()) {
            (Some(order_id), true) => Ok(Self { order_id }),
            _ => Err(faults),
        }
    }
}

/// The body of `/card-order/process` and `/card-order/status`: one order, or whichever is due.
#[derive(Debug, Clone)]
pub struct WorkQuery {
    /// The order.
    pub order_id: Option<OrderId>,
}

impl WorkQuery {
    /// Reads the body.
    pub fn read(json: &Json) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let Some(mut fields) = Fields::open(json, "", &mut faults) else { return Err(faults) };
        let order_id = fields.optional("cardOrderId", &mut faults);
        fields.close(&mut faults);
        if faults.is_empty() { Ok(Self { order_id }) } else { Err(faults) }
    }
}

/// The body of an operation that takes none: `{}` means the same.
pub fn read_nothing(json: &Json) -> Result<(), Faults> {
    let mut faults = Faults::default();
    if let Some(fields) = Fields::open(json, "", &mut faults) {
        fields.close(&mut faults);
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The body of `/card-order/fetchFile`.
#[derive(Debug, Clone)]
pub struct FileQuery {
    /// The file.
    pub file: NamedFile,
}

/// What a caller asks for by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedFile {
    /// A file.
    File(FileName),
    /// A drop that no rule takes: by its name, or by what stands behind `/inbox/` in it.
    Drop(DropName),
}

impl Field for NamedFile {
    const RULE: &'static str = "must be a string of 1 to 1024 bytes";

    fn read(json: &Json) -> Option<Self> {
        let text = json.text()?;
        match FileName::parse(text) {
            Ok(name) => Some(Self::File(name)),
            Err(_) if text.is_empty() => None,
            Err(_) if text.starts_with('/') => DropName::parse(text).ok().map(Self::Drop),
            Err(_) => DropName::parse(&format!("/inbox/{text}")).ok().map(Self::Drop),
        }
    }
}

impl FileQuery {
    /// Reads the body.
    pub fn read(json: &Json) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let Some(mut fields) = Fields::open(json, "", &mut faults) else { return Err(faults) };
        let file = fields.required("fileName", &mut faults);
        fields.close(&mut faults);
        match (file, faults.is_empty()) {
            (Some(file), true) => Ok(Self { file }),
            _ => Err(faults),
        }
    }
}
