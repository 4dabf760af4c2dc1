//! What can go wrong, said without HTTP: [`crate::api`] turns each variant into an answer.

use jiff::civil::DateTime;
use serde_json::error::Category;

use crate::domain::{Faults, OrderId, Scope, Status};

/// Why a call was not carried out. The texts of [`Error::Unavailable`] and [`Error::Internal`] are for the log only.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request has faults.
    #[error("the request has faults")]
    Invalid(Faults),
    /// An upload is not a multipart form with one file, or the file's name or content was refused.
    #[error("the upload was refused")]
    Upload(Faults),
    /// The order can no longer be cancelled.
    #[error("an order that is {0} cannot be cancelled")]
    NotCancellable(Status),
    /// No such order, not of this branch, or of another tenant.
    #[error("no such order")]
    OrderNotFound,
    /// No valid file of the tenant has this kit, nor one that is being validated.
    #[error("no such kit")]
    KitNotFound,
    /// The order id belongs to an order with other content.
    #[error("the order id is taken by another order")]
    DuplicateOrder,
    /// The file that an order names cannot serve it.
    #[error("the file cannot be used: {0}")]
    FileUnusable(FileProblem),
    /// The order's lines are not the file's groups.
    #[error("the order does not match its file")]
    FileMismatch(Faults),
    /// The order is not in the state that the operation requires.
    #[error("an order that is {status} cannot be {asked}")]
    NotInState {
        /// Its status.
        status: Status,
        /// What it cannot be: "processed", "synchronised".
        asked: &'static str,
    },
    /// The order may be processed once a second person has approved it.
    #[error("the order awaits approval")]
    AwaitsApproval,
    /// The order awaits no approval, for this reason.
    #[error("the order cannot be reviewed: {0}")]
    NotReviewable(&'static str),
    /// The one who placed the order reviews it, or it is not known who did either.
    #[error("the order must be reviewed by a second person")]
    SamePerson,
    /// The order may be processed, but not before this time of the tenant's zone.
    #[error("the order is not due yet")]
    NotDue(DateTime),
    /// The card management system gave no usable answer, or is known to give none at present. The order is safe.
    #[error("{0}")]
    CmsUnavailable(CmsProblem),
    /// The header `tenant` is missing, repeated or ill-formed.
    #[error("no usable tenant header")]
    TenantMissing,
    /// The tenant is well-formed and not registered.
    #[error("the tenant is not registered")]
    TenantUnknown,
    /// The caller has not proved that it speaks for the tenant.
    #[error("the caller may not speak for the tenant")]
    Unauthorized,
    /// The caller is known, and its credential lacks the scope of the operation.
    #[error("the credential lacks the scope {}", .0.as_str())]
    ScopeMissing(Scope),
    /// The request was blocked before anybody asked who calls; says why.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    /// The tenant makes more requests than it may.
    #[error("too many requests")]
    TooManyRequests,
    /// No operation has this path.
    #[error("no such route")]
    RouteUnknown,
    /// The path exists and the method is not POST.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The body is larger than the operation takes.
    #[error("the request is larger than {bytes_max} bytes")]
    TooLarge {
        /// What the operation takes, in bytes.
        bytes_max: usize,
    },
    /// The body is of a type that the operation does not take.
    #[error("the operation takes {takes}")]
    MediaType {
        /// What the operation takes.
        takes: &'static str,
    },
    /// The store or the bucket throttled, timed out or could not be reached. The same call can be made again.
    #[error("{doing}")]
    Unavailable {
        /// What we were doing.
        doing: &'static str,
        /// What came back.
        #[source]
        source: Source,
    },
    /// As [`Error::Unavailable`], while an order was written: it may have been placed, and repeating the call with its id
    /// settles it.
    #[error("{doing}")]
    Unsettled {
        /// The order.
        order: OrderId,
        /// What we were doing.
        doing: &'static str,
        /// What came back.
        #[source]
        source: Source,
    },
    /// A defect of the service, or of its deployment.
    #[error("{doing}")]
    Internal {
        /// What we were doing.
        doing: &'static str,
        /// What came back.
        #[source]
        source: Source,
    },
}

/// Why the card management system gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CmsProblem {
    /// It was called.
    #[error("the card management system gave no usable answer")]
    Unanswered,
    /// It was not called.
    #[error("the breaker before the card management system is open")]
    BreakerOpen,
}

/// The cause of a failure.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a JSON document could not be read: kind and place only, since serde's own text repeats what stands there.
#[must_use]
pub fn unreadable(error: &serde_json::Error) -> Source {
    let kind = match error.classify() {
        Category::Io => "input that ended early",
        Category::Syntax => "no JSON",
        Category::Data => "JSON of another shape",
        Category::Eof => "cut-off JSON",
    };
    format!("{kind} (line {}, column {})", error.line(), error.column()).into()
}

/// An error with everything under it, as one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        text = format!("{text}: {error}");
        below = error.source();
    }
    text
}

/// Why a file cannot serve an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// The tenant has no file of this name.
    #[error("fileName is not the name of an uploaded file")]
    Missing,
    /// It has not been validated yet, or was found invalid.
    #[error("fileName is not the name of a valid file")]
    NotValid,
    /// It serves another order.
    #[error("fileName is already used by another order")]
    Used,
}
