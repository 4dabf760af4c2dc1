//! The order in a `POST`, as specified in `shared/src/cms/README.md`.

use hyper::header::HeaderValue;
use serde::Deserialize;
use serde_json::Value;

use super::scripts::Script;

/// The length of the longest key.
const KEY_CHARACTERS_MAX: usize = 129;

/// An order as a caller sent it.
pub(super) struct NewOrder {
    pub(super) key: String,
    pub(super) script: Script,
    lines: Vec<Line>,
}

/// The body. Fields that the simulator does not use are required too, since a CMS needs them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentOrder {
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

/// Returns whether the contract allows this key.
pub(super) fn is_key(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':');
    (1..=KEY_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

impl NewOrder {
    /// Parses an order; the error says what is wrong with it.
    pub(super) fn parse(body: &[u8], idempotency_key: Option<&HeaderValue>) -> Result<Self, String> {
        let body: SentOrder =
            serde_json::from_slice(body).map_err(|error| format!("the body is not an order: {}", fault(&error)))?;
        let SentOrder { key, tenant, order_id, lines, meta_values, .. } = body;
        let refuse = |fault: &str| Err(fault.to_owned());
        if !is_key(&key) || key != format!("{tenant}:{order_id}") {
            return refuse("`key` must be tenant and orderId, joined by a colon: 1–129 of A-Z a-z 0-9 _ - :");
        }
        match idempotency_key {
            None => return refuse("the header Idempotency-Key is missing"),
            Some(header) if header.as_bytes() != key.as_bytes() => {
                return refuse("the header Idempotency-Key and the body's `key` differ");
            }
            Some(_) => {}
        }
        if lines.is_empty() || lines.iter().zip(1..).any(|(line, number)| line.number != number || line.quantity == 0) {
            return refuse("`lines` must be one or more, counted from 1, each with a quantity above 0");
        }
        let script = meta_values.get("simulate").and_then(|name| Script::deserialize(name).ok()).unwrap_or_default();
        Ok(Self { key, script, lines })
    }

    /// Returns the line that the CMS will not produce.
    pub(super) fn refused_line(&self) -> Option<u32> {
        (self.script == Script::RejectLine2 && self.lines.len() > 1).then_some(2)
    }

    /// Returns the cards of all lines but the refused one.
    pub(super) fn cards(&self, refused_line: Option<u32>) -> u64 {
        let taken = self.lines.iter().filter(|line| Some(line.number) != refused_line);
        taken.map(|line| u64::from(line.quantity)).sum()
    }
}

/// Returns what serde reports, without any value from the body.
fn fault(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("missing field") { text } else { format!("line {} column {}", error.line(), error.column()) }
}
