//! The row of each error: status, code and the texts that a caller sees.

use lambda_http::http::StatusCode;
use serde::Serialize;

use crate::domain::Faults;
use crate::error::Error;

/// The part of the envelope that says what went wrong.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exception {
    error_code: &'static str,
    short_message: &'static str,
    detail_message: String,
    http_status: String,
    field_error: Vec<String>,
    language_code: &'static str,
    #[serde(skip)]
    pub(super) status: StatusCode,
}

impl Exception {
    fn new(status: StatusCode, error_code: &'static str, short_message: &'static str) -> Self {
        Self {
            error_code,
            short_message,
            detail_message: String::new(),
            http_status: status_name(status),
            field_error: Vec::new(),
            language_code: "en",
            status,
        }
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail_message = detail.into();
        self
    }

    fn faults(mut self, faults: Faults) -> Self {
        self.field_error = faults.into_sentences();
        self
    }
}

/// The name of a status as the contract writes it: `BAD_REQUEST`.
fn status_name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or("UNKNOWN").to_uppercase().replace([' ', '-'], "_")
}

impl From<Error> for Exception {
    fn from(error: Error) -> Self {
        use StatusCode as Http;
        match error {
            Error::Invalid(faults) => Self::new(Http::BAD_REQUEST, "ORD001", "Invalid order request")
                .detail("The card order request contains invalid or missing fields")
                .faults(faults),
            Error::Upload(faults) => Self::new(Http::BAD_REQUEST, "ORD002", "File upload failed")
                .detail("The file was not accepted and nothing of it is used; correct it and upload it again")
                .faults(faults),
            Error::NotCancellable(status) => Self::new(Http::BAD_REQUEST, "ORD003", "Order cannot be cancelled")
                .detail("The order is not in a cancellable state")
                .faults(Faults::one(format!("Order status is {status} and cannot be cancelled"))),
            Error::OrderNotFound => Self::new(Http::NOT_FOUND, "ORD004", "Order not found")
                .detail("No order with this id was found for this tenant and branch"),
            Error::KitNotFound => Self::new(Http::NOT_FOUND, "ORD004", "Kit not found")
                .detail("No file of this tenant that is valid or being validated has this kit"),
            Error::DuplicateOrder => Self::new(Http::CONFLICT, "ORD005", "Duplicate order")
                .detail("An order with this id and other content exists; use a new id for a new order"),
            Error::FileUnusable(problem) => Self::new(Http::BAD_REQUEST, "ORD006", "File cannot be used")
                .detail("The order needs a file that was uploaded, is valid and serves no other order")
                .faults(Faults::one(problem.to_string())),
            Error::FileMismatch(faults) => Self::new(Http::BAD_REQUEST, "ORD007", "Order does not match file")
                .detail("The kits of the file, counted by product, must equal the lines of the order")
                .faults(faults),
            Error::NotInState { status, asked } => {
                Self::new(Http::CONFLICT, "ORD008", "Order is not in the required state")
                    .detail("The order is past this step, or has not reached it")
                    .faults(Faults::one(format!("Order status is {status} and cannot be {asked}")))
            }
            Error::AwaitsApproval => Self::new(Http::CONFLICT, "ORD008", "Order is not in the required state")
                .detail("The order is past this step, or has not reached it")
                .faults(Faults::one("Order awaits approval")),
            Error::NotReviewable(why) => Self::new(Http::CONFLICT, "ORD008", "Order is not in the required state")
                .detail("The order is past this step, or has not reached it")
                .faults(Faults::one(why)),
            Error::SamePerson => Self::new(Http::FORBIDDEN, "ORD010", "Approval not allowed")
                .detail("Somebody other than the one who placed the order must approve or reject it, and both must be known"),
            Error::NotDue(start) => Self::new(Http::CONFLICT, "ORD008", "Order is not in the required state")
                .detail("The order is past this step, or has not reached it")
                .faults(Faults::one(format!("Order starts at {}", start.strftime("%Y-%m-%d %H:%M:%S")))),
            Error::CmsUnavailable(_) => Self::new(Http::BAD_GATEWAY, "ORD009", "Card management system unavailable")
                .detail("The card management system gave no usable answer; the order is safe and is retried"),
            Error::TenantMissing => Self::new(Http::BAD_REQUEST, "tenant.header.missing", "Tenant header missing")
                .detail("Send the header tenant exactly once, with the name of one tenant"),
            Error::TenantUnknown => Self::new(Http::NOT_FOUND, "tenant.not.found", "Tenant not found")
                .detail("The tenant in the header tenant is not registered"),
            Error::Unauthorized => Self::new(Http::UNAUTHORIZED, "request.unauthorized", "Not authorised")
                .detail("The credential is missing or not valid, or does not belong to the tenant in the header tenant"),
            Error::ScopeMissing(scope) => Self::new(Http::FORBIDDEN, "request.forbidden", "Not allowed")
                .detail(format!("The credential lacks the scope {}", scope.as_str())),
            Error::Forbidden(why) => Self::new(Http::FORBIDDEN, "request.forbidden", "Not allowed").detail(why),
            Error::TooManyRequests => Self::new(Http::TOO_MANY_REQUESTS, "rate.limit.exceeded", "Too many requests")
                .detail("Send the same request again after the time in retry-after"),
            Error::RouteUnknown => {
                Self::new(Http::NOT_FOUND, "route.not.found", "Route not found").detail("No operation has this path")
            }
            Error::MethodNotAllowed => Self::new(Http::METHOD_NOT_ALLOWED, "method.not.allowed", "Method not allowed")
                .detail("Call every operation with POST"),
            Error::TooLarge { bytes_max } => {
                Self::new(Http::PAYLOAD_TOO_LARGE, "request.too.large", "Request too large")
                    .detail(format!("This operation takes at most {bytes_max} bytes"))
            }
            Error::MediaType { takes } => {
                Self::new(Http::UNSUPPORTED_MEDIA_TYPE, "media.type.unsupported", "Media type not supported")
                    .detail(format!("This operation takes the content type {takes}"))
            }
            Error::Unavailable { .. } => {
                Self::new(Http::SERVICE_UNAVAILABLE, "service.unavailable", "Service unavailable").detail(
                    "The service is busy or restarting; send the same request again after the time in retry-after",
                )
            }
            Error::Unsettled { .. } => Self::new(Http::SERVICE_UNAVAILABLE, "service.unavailable", "Service unavailable")
                .detail("It is not known whether the order was received; send the same request with the orderId from the header order-id, after the time in retry-after"),
            Error::Internal { .. } => Self::new(Http::INTERNAL_SERVER_ERROR, "internal.error", "Internal error")
                .detail("Something went wrong on our side; quote the x-request-id of this answer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_the_name_of_the_contract() {
        for (status, want) in [
            (StatusCode::BAD_REQUEST, "BAD_REQUEST"),
            (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE"),
        ] {
            assert_eq!(status_name(status), want);
        }
    }
}
