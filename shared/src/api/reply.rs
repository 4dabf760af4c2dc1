//! The one envelope, and the one function that writes it.

use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::value::RawValue;

use super::exception::Exception;
use crate::domain::OrderId;
use crate::error::{Error, chain};

/// Seconds after which a caller may try again.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("2");
/// The target of the line that says only that there was an answer.
pub const ANSWERED: &str = "shared::api::reply::answered";
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// The answer to a call that succeeded.
#[derive(Debug)]
pub struct Reply {
    result: Box<RawValue>,
    headers: HeaderMap,
    pagination: Option<Pagination>,
}

/// Where the rest of a list is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    next_token: String,
}

impl Reply {
    /// An answer with this `result`.
    pub fn success(result: impl Serialize) -> Self {
        // Results are made of texts and numbers, which JSON can always hold.
        let result = serde_json::value::to_raw_value(&result).unwrap_or_default();
        Self { result, headers: HeaderMap::new(), pagination: None }
    }

    /// Names the order in the header `order-id`.
    #[must_use]
    pub fn order_id(mut self, id: &OrderId) -> Self {
        self.headers.extend(order_id_header(id));
        self
    }

    /// Marks the answer to a call that had been carried out before.
    #[must_use]
    pub fn replayed(self, is_replay: bool) -> Self {
        self.flag("idempotent-replayed", is_replay)
    }

    /// Marks the answer to a dry run.
    #[must_use]
    pub fn dry_run(self, is_dry_run: bool) -> Self {
        self.flag("dry-run", is_dry_run)
    }

    /// Says where the next page of a list begins, if there is one.
    #[must_use]
    pub fn next_token(self, next_token: Option<String>) -> Self {
        Self { pagination: next_token.map(|next_token| Pagination { next_token }), ..self }
    }

    fn flag(mut self, name: &'static str, is_set: bool) -> Self {
        if is_set {
            self.headers.insert(name, TRUE);
        }
        self
    }
}

/// The characters of an order id are always allowed in a header.
fn order_id_header(id: &OrderId) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_static("order-id"), HeaderValue::from_str(id.as_str()).ok()?))
}

#[derive(Serialize)]
struct Envelope {
    result: Option<Box<RawValue>>,
    exception: Option<Exception>,
    /// `null` but for a list that has another page.
    pagination: Option<Pagination>,
}

/// Answers the request of this id. What failed inside is logged here, once, with its chain; the caller gets the outside
/// text.
pub(super) fn respond(id: &str, result: Result<Reply, Error>) -> Response<Body> {
    let (status, mut headers, envelope) = match result {
        Ok(Reply { result, headers, pagination }) => {
            tracing::info!(target: ANSWERED, "answered");
            (StatusCode::OK, headers, Envelope { result: Some(result), exception: None, pagination })
        }
        Err(error) => {
            log(&error);
            let mut headers = HeaderMap::new();
            if let Error::Unavailable { .. } | Error::Unsettled { .. } | Error::TooManyRequests = error {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
            }
            if let Error::MethodNotAllowed = error {
                headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
            }
            if let Error::Unsettled { order, .. } = &error {
                headers.extend(order_id_header(order));
            }
            let exception = Exception::from(error);
            (exception.status, headers, Envelope { result: None, exception: Some(exception), pagination: None })
        }
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.extend(HeaderValue::from_str(id).ok().map(|id| (HeaderName::from_static("x-request-id"), id)));
    // An envelope is made of texts and numbers, which JSON can always hold.
    let body = serde_json::to_string(&envelope).unwrap_or_default();
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn log(error: &Error) {
    match error {
        Error::Unavailable { source, .. } | Error::Unsettled { source, .. } | Error::Internal { source, .. } => {
            tracing::error!(error = %error, cause = %chain(source.as_ref()), "failed");
        }
        refused => tracing::info!(reason = %refused, "refused"),
    }
}
