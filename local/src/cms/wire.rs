//! The bodies that come and go, as `shared/src/cms/README.md` has them.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::order::{Answer, Order, Status, UNKNOWN};
use super::scripts::{Manner, Script};

/// The longest key.
const KEY_CHARACTERS_MAX: usize = 129;
/// A body that no caller should read.
const HUGE_BYTES: usize = 1024 * 1024;
/// What is added to a row's id, so that the CMS's numbers do not look like ours.
const NUMBERS_FROM: i64 = 1000;

/// An order that was sent.
pub(super) struct NewOrder {
    pub(super) key: String,
    pub(super) script: Script,
    lines: Vec<Line>,
}

/// What every order has. Fields that the simulator has no use for are looked at too: a CMS would miss them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    key: String,
    tenant: String,
    order_id: String,
    #[serde(rename = "branch")]
    _branch: Branch,
    lines: Vec<Line>,
    #[serde(default)]
    meta_values: Value,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(rename = "id")]
    _id: String,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "line")]
    number: u32,
    quantity: u32,
    #[serde(rename = "productId")]
    _product_id: String,
    #[serde(rename = "bin")]
    _bin: String,
    #[serde(rename = "panLength")]
    _pan_length: u8,
    #[serde(rename = "pinGeneration")]
    _pin_generation: bool,
    #[serde(rename = "cardType")]
    _card_type: String,
    #[serde(rename = "embossType")]
    _emboss_type: String,
}

/// Whether a key is one that the contract allows.
pub(super) fn is_key(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':');
    (1..=KEY_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

impl NewOrder {
    /// Reads an order, or says what is wrong with it.
    pub(super) fn parse(body: &[u8], idempotency_key: Option<&HeaderValue>) -> Result<Self, String> {
        let body: Body =
            serde_json::from_slice(body).map_err(|error| format!("the body is not an order: {}", fault(&error)))?;
        let Body { key, tenant, order_id, lines, meta_values, .. } = body;
        let says = |fault: &str| Err(fault.to_owned());
        if !is_key(&key) || key != format!("{tenant}:{order_id}") {
            return says("`key` must be tenant and orderId, joined by a colon: 1–129 of A-Z a-z 0-9 _ - :");
        }
        match idempotency_key {
            None => return says("the header Idempotency-Key is missing"),
            Some(header) if header.as_bytes() != key.as_bytes() => {
                return says("the header Idempotency-Key and the body's `key` differ");
            }
            Some(_) => {}
        }
        if lines.is_empty() || lines.iter().zip(1..).any(|(line, number)| line.number != number || line.quantity == 0) {
            return says("`lines` must be one or more, counted from 1, each with a quantity above 0");
        }
        let script = meta_values.get("simulate").and_then(Value::as_str).map_or(Script::Accept, Script::named);
        Ok(Self { key, script, lines })
    }

    /// The line that the CMS will not produce.
    pub(super) fn refused_line(&self) -> Option<u32> {
        (self.script == Script::RejectLine2 && self.lines.len() > 1).then_some(2)
    }

    /// Cards of all lines but the refused one.
    pub(super) fn cards(&self, refused_line: Option<u32>) -> u64 {
        let taken = self.lines.iter().filter(|line| Some(line.number) != refused_line);
        taken.map(|line| u64::from(line.quantity)).sum()
    }
}

/// What serde says, without the values that it found.
fn fault(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("missing field") { text } else { format!("line {} column {}", error.line(), error.column()) }
}

/// A JSON answer.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> Response<Full<Bytes>> {
    // What is answered here are strings and numbers, which are always JSON.
    bytes(status, serde_json::to_vec(body).unwrap_or_default())
}

/// An answer without a fact.
pub(super) fn refusal(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    let mut response = answer(status, &json!({ "message": message }));
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// What the caller sees; `None`: nothing, and the connection is closed.
pub(super) async fn show(key: &str, order: &Order, said: Answer) -> Option<Response<Full<Bytes>>> {
    let whole = |key: &str| fact(key, order, said).to_string().into_bytes();
    match said.manner {
        Manner::Plain => Some(bytes(said.code, whole(key))),
        Manner::Failure(status) => Some(refusal(status, "so the script has it")),
        Manner::CutOff => {
            let mut body = whole(key);
            body.truncate(body.len() / 2);
            Some(bytes(said.code, body))
        }
        Manner::Huge => {
            // White space is JSON to its end: who reads only the beginning gets a fact that is none.
            let mut body = whole(key);
            body.resize(HUGE_BYTES, b' ');
            Some(bytes(said.code, body))
        }
        Manner::WrongKey => Some(bytes(said.code, whole(&another(key)))),
        Manner::Hang => std::future::pending().await,
        Manner::HangUp => None,
    }
}

/// A key of the same shape, but for its last character.
fn another(key: &str) -> String {
    let last = if key.ends_with('0') { '1' } else { '0' };
    key.chars().take(key.len().saturating_sub(1)).chain([last]).collect()
}

fn fact(key: &str, order: &Order, said: Answer) -> Value {
    let mut fact = json!({ "key": key, "status": said.status.map_or(UNKNOWN, Status::name) });
    if let (Some(id), Some(_)) = (order.id, said.status) {
        fact["cmsOrderId"] = format!("C-{}", NUMBERS_FROM.saturating_add(id)).into();
    }
    if let (Some(line), Some(Status::Accepted | Status::Processed | Status::Success)) =
        (order.refused_line, said.status)
    {
        fact["lines"] = json!([{ "line": line, "status": Status::Failed.name() }]);
    }
    fact
}

fn bytes(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
