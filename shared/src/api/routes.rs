//! The routes: which path reaches which function, and which scope it needs. The gateway, the authorizer, the logs and the
//! template's tests read the same tables.

use crate::domain::Scope;

/// Makes [`Function`] of its table.
macro_rules! functions {
    ($($function:ident $name:literal)*) => {
        /// A function that API Gateway calls; its folder, package and binary have its name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Function {
            $(#[doc = concat!("The folder `functions/", $name, "`.")] $function,)*
        }

        impl Function {
            /// The name of its folder.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$function => $name,)*
                }
            }
        }
    };
}

/// Makes [`Route`] of its table.
macro_rules! routes {
    ($($route:ident $path:literal $function:ident $scope:ident $dry_run:ident)*) => {
        /// An operation, with a path of its own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Route {
            $(#[doc = concat!("`POST ", $path, "`.")] $route,)*
        }

        impl Route {
            /// Every route.
            pub const ALL: [Self; [$($path),*].len()] = [$(Self::$route),*];

            const fn row(self) -> Row {
                match self {
                    $(Self::$route => Row($path, Function::$function, Scope::$scope, DryRun::$dry_run),)*
                }
            }
        }
    };
}

functions! {
    CreateOrder    "create-order"
    PgkOrder       "pgk-order"
    UploadFile     "upload-file"
    CancelOrder    "cancel-order"
    FetchStatus    "fetch-status"
    FetchFile      "fetch-file"
    FetchOrder     "fetch-order"
    ListOrders     "list-orders"
    ReviewOrder    "review-order"
    ReceivedOrders "received-orders"
    ProcessOrder   "process-order"
    SyncStatus     "sync-status"
    RetryStuck     "retry-stuck"
}

// A function's first route is the one of a direct invocation.
routes! {
    CreateOrder         "/card-order"                     CreateOrder    Orders     Honoured
    CreateOrderWithFile "/card-order/withFile"            PgkOrder       Orders     Honoured
    UploadFile          "/card-order/uploadFile"          UploadFile     Orders     Honoured
    UploadTicket        "/card-order/uploadTicket"        UploadFile     Orders     Honoured
    FetchFile           "/card-order/fetchFile"           FetchFile      Read       Ignored
    FetchKit            "/card-order/fetchKit"            FetchFile      Read       Ignored
    ListFiles           "/card-order/listFiles"           FetchFile      Read       Ignored
    CancelOrder         "/card-order/cancel"              CancelOrder    Orders     Honoured
    ApproveOrder        "/card-order/approve"             ReviewOrder    Approvals  Honoured
    RejectOrder         "/card-order/reject"              ReviewOrder    Approvals  Honoured
    FetchStatus         "/card-order/fetchStatus"         FetchStatus    Read       Ignored
    FetchHistory        "/card-order/history"             FetchStatus    Read       Ignored
    FetchOrder          "/card-order/fetchOrder"          FetchOrder     Read       Ignored
    FetchCaller         "/card-order/caller"              FetchOrder     Read       Ignored
    ListOrders          "/card-order/list"                ListOrders     Read       Ignored
    ListAttention       "/card-order/attention"           ListOrders     Read       Ignored
    ListReceived        "/card-order/received"            ReceivedOrders Read       Ignored
    ProcessOrder        "/card-order/process"             ProcessOrder   Operations Refused
    SyncOrder           "/card-order/status"              SyncStatus     Operations Refused
    SyncPending         "/card-order/sync-pending-status" SyncStatus     Operations Refused
    RetryStuck          "/card-order/retry-stuck-pending" RetryStuck     Operations Refused
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
    /// The route of an event: the one with this path, or the function's first where the event has none (a direct
    /// invocation).
    pub(super) fn route(self, path: &str) -> Option<Route> {
        let mut routes = Route::ALL.into_iter().filter(|route| route.function() == self);
        if path.is_empty() { routes.next() } else { routes.find(|route| route.path() == path) }
    }
}

impl Route {
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
        for route in Route::ALL {
            let with_path: Vec<_> = Route::ALL.into_iter().filter(|other| other.path() == route.path()).collect();
            assert_eq!(with_path, [route]);
            assert_eq!(route.function().route(route.path()), Some(route));
        }
        assert_eq!(Function::UploadFile.route(""), Some(Route::UploadFile));
        assert_eq!(Function::UploadFile.route("/card-order"), None);
    }
}
