//! The routes: which path reaches which function, and which scope it needs. The gateway, the authorizer and the template's
//! tests read the same table.

use crate::domain::Scope;

/// A function that API Gateway calls; its folder, package and binary have its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a folder below `functions/`, which says what it does")]
pub enum Function {
    CreateOrder,
    PgkOrder,
    UploadFile,
    CancelOrder,
    FetchStatus,
    FetchFile,
    FetchOrder,
    ListOrders,
    ReviewOrder,
    ReceivedOrders,
    ProcessOrder,
    SyncStatus,
    RetryStuck,
}

/// An operation, with a path of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the path in its row")]
pub enum Route {
    CreateOrder,
    CreateOrderWithFile,
    UploadFile,
    UploadTicket,
    FetchFile,
    FetchKit,
    ListFiles,
    CancelOrder,
    ApproveOrder,
    RejectOrder,
    FetchStatus,
    FetchHistory,
    FetchOrder,
    FetchCaller,
    ListOrders,
    ListAttention,
    ListReceived,
    ProcessOrder,
    SyncOrder,
    SyncPending,
    RetryStuck,
}

/// What the header `dry-run: true` does to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DryRun {
    /// It answers as usual but writes nothing.
    Honoured,
    /// It is refused: who sends the header wants no order to move.
    Refused,
    /// It changes nothing: the operation only reads.
    Ignored,
}

/// A route's row in the table.
#[derive(Debug, Clone, Copy)]
struct Row(&'static str, Function, Scope, DryRun);

impl Function {
    /// The name of its folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreateOrder => "create-order",
            Self::PgkOrder => "pgk-order",
            Self::UploadFile => "upload-file",
            Self::CancelOrder => "cancel-order",
            Self::FetchStatus => "fetch-status",
            Self::FetchFile => "fetch-file",
            Self::FetchOrder => "fetch-order",
            Self::ListOrders => "list-orders",
            Self::ReviewOrder => "review-order",
            Self::ReceivedOrders => "received-orders",
            Self::ProcessOrder => "process-order",
            Self::SyncStatus => "sync-status",
            Self::RetryStuck => "retry-stuck",
        }
    }

    /// The route of an event: the one with this path, or the function's first where the event has none (a direct
    /// invocation).
    pub(super) fn route(self, path: &str) -> Option<Route> {
        let mut routes = Route::ALL.into_iter().filter(|route| route.function() == self);
        if path.is_empty() { routes.next() } else { routes.find(|route| route.path() == path) }
    }
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 21] = [
        Self::CreateOrder,
        Self::CreateOrderWithFile,
        Self::UploadFile,
        Self::UploadTicket,
        Self::FetchFile,
        Self::FetchKit,
        Self::ListFiles,
        Self::CancelOrder,
        Self::ApproveOrder,
        Self::RejectOrder,
        Self::FetchStatus,
        Self::FetchHistory,
        Self::FetchOrder,
        Self::FetchCaller,
        Self::ListOrders,
        Self::ListAttention,
        Self::ListReceived,
        Self::ProcessOrder,
        Self::SyncOrder,
        Self::SyncPending,
        Self::RetryStuck,
    ];

    const fn row(self) -> Row {
        use DryRun::{Honoured, Ignored, Refused};
        use Scope::{Approvals, Operations, Orders, Read};
        match self {
            Self::CreateOrder => Row("/card-order", Function::CreateOrder, Orders, Honoured),
            Self::CreateOrderWithFile => Row("/card-order/withFile", Function::PgkOrder, Orders, Honoured),
            Self::UploadFile => Row("/card-order/uploadFile", Function::UploadFile, Orders, Honoured),
            Self::UploadTicket => Row("/card-order/uploadTicket", Function::UploadFile, Orders, Honoured),
            Self::FetchFile => Row("/card-order/fetchFile", Function::FetchFile, Read, Ignored),
            Self::FetchKit => Row("/card-order/fetchKit", Function::FetchFile, Read, Ignored),
            Self::ListFiles => Row("/card-order/listFiles", Function::FetchFile, Read, Ignored),
            Self::CancelOrder => Row("/card-order/cancel", Function::CancelOrder, Orders, Honoured),
            Self::ApproveOrder => Row("/card-order/approve", Function::ReviewOrder, Approvals, Honoured),
            Self::RejectOrder => Row("/card-order/reject", Function::ReviewOrder, Approvals, Honoured),
            Self::FetchStatus => Row("/card-order/fetchStatus", Function::FetchStatus, Read, Ignored),
            Self::FetchHistory => Row("/card-order/history", Function::FetchStatus, Read, Ignored),
            Self::FetchOrder => Row("/card-order/fetchOrder", Function::FetchOrder, Read, Ignored),
            Self::FetchCaller => Row("/card-order/caller", Function::FetchOrder, Read, Ignored),
            Self::ListOrders => Row("/card-order/list", Function::ListOrders, Read, Ignored),
            Self::ListAttention => Row("/card-order/attention", Function::ListOrders, Read, Ignored),
            Self::ListReceived => Row("/card-order/received", Function::ReceivedOrders, Read, Ignored),
            Self::ProcessOrder => Row("/card-order/process", Function::ProcessOrder, Operations, Refused),
            Self::SyncOrder => Row("/card-order/status", Function::SyncStatus, Operations, Refused),
            Self::SyncPending => Row("/card-order/sync-pending-status", Function::SyncStatus, Operations, Refused),
            Self::RetryStuck => Row("/card-order/retry-stuck-pending", Function::RetryStuck, Operations, Refused),
        }
    }

    /// The path below the stage.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.row().0
    }

    /// The function behind it.
    #[must_use]
    pub const fn function(self) -> Function {
        self.row().1
    }

    /// The scope that a credential needs for it.
    #[must_use]
    pub const fn scope(self) -> Scope {
        self.row().2
    }

    pub(super) const fn dry_run(self) -> DryRun {
        self.row().3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_one_route() {
        for (index, route) in Route::ALL.into_iter().enumerate() {
            assert_eq!(route as usize, index, "ALL has every route, in the order of the enum");
            let with_path: Vec<_> = Route::ALL.into_iter().filter(|other| other.path() == route.path()).collect();
            assert_eq!(with_path, [route]);
            assert_eq!(route.function().route(route.path()), Some(route));
        }
        assert_eq!(Function::UploadFile.route(""), Some(Route::UploadFile));
        assert_eq!(Function::UploadFile.route("/card-order"), None);
    }
}
