//! What an operation answered.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// The answer of an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    /// Whether the operation succeeded.
    pub fn is_ok(&self) -> bool {
        self.status == 200
    }

    /// Returns a header of the answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the error code.
    pub fn code(&self) -> &str {
        self.body["exception"]["errorCode"].as_str().unwrap_or("none")
    }

    /// Returns the sentences of `fieldError`.
    pub fn faults(&self) -> Vec<&str> {
        let faults = self.body["exception"]["fieldError"].as_array();
        faults.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}
