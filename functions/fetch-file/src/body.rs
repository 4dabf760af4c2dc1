//! The body of `/card-order/fetchKit`.

use shared::domain::{Faults, Fields, Json};
use shared::pgk::KitNo;

/// Reads the number of a kit.
pub(crate) fn read_kit(json: &Json) -> Result<KitNo, Faults> {
    let mut faults = Faults::default();
    let Some(mut fields) = Fields::open(json, "", &mut faults) else { return Err(faults) };
    let kit = fields.required("kitNo", &mut faults);
    fields.close(&mut faults);
    kit.filter(|_| faults.is_empty()).ok_or(faults)
}
