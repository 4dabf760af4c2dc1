//! The body of `/card-order/received`.

use shared::domain::{BranchId, Faults, Field, Fields, Json, PageSize, ThresholdMinutes};

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

/// Where the next page begins, as returned with the page before it.
#[derive(Debug)]
pub(crate) struct NextToken(pub(crate) String);

impl Field for NextToken {
    const RULE: &'static str = "must be the nextToken of an answer to the same query";

    fn read(json: &Json) -> Option<Self> {
        let text = json.text()?;
        let is_token = (1..=256).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        is_token.then(|| Self(text.to_owned()))
    }
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
}
