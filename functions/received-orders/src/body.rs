//! The body of `/card-order/received`.

use shared::api::NextToken;
use shared::domain::{BranchId, Faults, Fields, Json, PageSize, ThresholdMinutes};

/// Which orders to list.
#[derive(Debug)]
pub(crate) struct ReceivedQuery {
    /// Only the orders of this branch.
    pub(crate) branch: Option<BranchId>,
    /// Only the orders that have been RECEIVED for at least this long.
    pub(crate) threshold: Option<ThresholdMinutes>,
    pub(crate) page_size: PageSize,
    pub(crate) next_token: Option<NextToken>,
}

impl ReceivedQuery {
    /// Reads the body.
    pub(crate) fn read(json: &Json) -> Result<Self, Faults> {
        let mut fields = Fields::open(json)?;
        let query = Self {
            branch: fields.optional("branchId"),
            threshold: fields.optional("thresholdMinutes"),
            page_size: fields.optional("pageSize").unwrap_or_default(),
            next_token: fields.optional_token("nextToken"),
        };
        fields.finish(Some(query))
    }

    /// The filters for which a token is made.
    pub(crate) fn filters(&self) -> String {
        let branch = self.branch.as_ref().map_or("", |branch| branch.as_str());
        format!("{branch}\n{}", self.threshold.map_or(0, ThresholdMinutes::get))
    }
}
