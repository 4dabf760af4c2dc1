//! The bodies of `/card-order/list` and `/card-order/attention`.

use shared::api::PageQuery;
use shared::domain::{BranchId, Faults, Fields, GroupSize, Json, Status};
use shared::store::Selection;

/// Which orders to list.
#[derive(Debug)]
pub(crate) struct ListQuery {
    status: Option<Status>,
    branch: Option<BranchId>,
    pub(crate) page: PageQuery,
}

impl ListQuery {
    /// Reads the body.
    pub(crate) fn read(json: &Json) -> Result<Self, Faults> {
        let mut fields = Fields::open(json)?;
        let is_of_branch = fields.has("branchId");
        if !fields.has("status") && !is_of_branch {
            fields.push("status or branchId is required");
        }
        let status = fields.optional("status");
        // Orders that ended well are found by their branch only.
        if matches!(status, Some(Status::Success | Status::Cancelled)) && !is_of_branch {
            let listed = "must be one of RECEIVED, PENDING, PROCESSED, FAILED, EXPIRED where branchId is absent";
            fields.fault("status", listed);
        }
        let branch = fields.optional("branchId");
        let page = PageQuery::read(&mut fields);
        fields.finish(Some(Self { status, branch, page }))
    }

    /// Returns which orders are meant; `None` cannot come from [`ListQuery::read`].
    pub(crate) fn selection(&self) -> Option<Selection<'_>> {
        match (&self.branch, self.status) {
            (Some(branch), status) => Some(Selection::Branch(branch, status)),
            (None, Some(status)) => Some(Selection::Status(status)),
            (None, None) => None,
        }
    }

    /// Returns the filters for which a token is made.
    pub(crate) fn filters(&self) -> String {
        let branch = self.branch.as_ref().map_or("", |branch| branch.as_str());
        self.page.filters(self.status.map_or("", Status::as_str), branch)
    }
}

/// Reads how many rows of each group are wanted.
pub(crate) fn read_limit(json: &Json) -> Result<GroupSize, Faults> {
    let mut fields = Fields::open(json)?;
    let limit = fields.optional("limit");
    fields.finish(Some(limit.unwrap_or_default()))
}
