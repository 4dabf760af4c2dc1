//! The JSON of requests to the CMS and of its answers.

use serde::{Deserialize, Serialize};

use crate::domain::{CardType, CmsKey, CmsOrder, CmsOrderId, CmsProgress, EmbossType, Fact, Line, OrderBody};

/// The body of `POST orders`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlaceRequest<'a> {
    key: &'a str,
    tenant: &'a str,
    order_id: &'a str,
    #[serde(flatten)]
    body: &'a OrderBody,
    lines: Vec<WireLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<WireFile<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WireLine<'a> {
    line: usize,
    product_id: &'a str,
    bin: String,
    quantity: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    plastic_code: Option<&'a str>,
    pan_length: u32,
    pin_generation: bool,
    card_type: CardType,
    emboss_type: EmbossType,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WireFile<'a> {
    file_name: &'a str,
    object_key: &'a str,
    version_id: &'a str,
    sha256: String,
}

impl<'a> PlaceRequest<'a> {
    pub(super) fn of(order: &'a CmsOrder) -> Self {
        let file = order.file.as_ref().map(|pin| WireFile {
            file_name: pin.name.as_str(),
            object_key: &pin.object.key,
            version_id: &pin.object.version_id,
            sha256: pin.digest.to_string(),
        });
        Self {
            key: order.key.as_str(),
            tenant: order.tenant.as_str(),
            order_id: order.order_id.as_str(),
            body: order.body.expose(),
            lines: order.lines.iter().enumerate().map(|(index, line)| WireLine::of(index + 1, line)).collect(),
            file,
        }
    }
}

impl<'a> WireLine<'a> {
    fn of(number: usize, line: &'a Line) -> Self {
        Self {
            line: number,
            product_id: line.product_id.as_str(),
            bin: line.bin.number().to_string(),
            quantity: line.quantity.get(),
            plastic_code: line.plastic_code.as_ref().map(crate::domain::PlasticCode::as_str),
            pan_length: line.pan_length.get(),
            pin_generation: line.pin_generation,
            card_type: line.card_type,
            emboss_type: line.emboss_type,
        }
    }
}

/// An answer to any of the calls.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CmsAnswer {
    key: String,
    status: WireStatus,
    /// An id that cannot be stored counts as absent: the rest of the answer still counts.
    #[serde(default)]
    cms_order_id: serde_json::Value,
    #[serde(default)]
    lines: Vec<AnswerLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum WireStatus {
    Accepted,
    Processed,
    Success,
    Failed,
    Rejected,
    Voided,
    Unknown,
}

#[derive(Debug, Deserialize)]
struct AnswerLine {
    line: usize,
    status: LineStatus,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum LineStatus {
    Accepted,
    Processed,
    Success,
    Failed,
}

impl CmsAnswer {
    pub(super) fn is_of(&self, key: &CmsKey) -> bool {
        self.key == key.as_str()
    }

    /// Returns the fact in it; `None`: the CMS does not know the key.
    pub(super) fn fact(self) -> Option<Fact> {
        let cms_order_id = self.cms_order_id.as_str().and_then(|name| CmsOrderId::parse(name).ok());
        let order = match self.status {
            WireStatus::Unknown => return None,
            WireStatus::Rejected | WireStatus::Voided => return Some(Fact::turned_down(cms_order_id)),
            WireStatus::Accepted => CmsProgress::Accepted,
            WireStatus::Processed => CmsProgress::Processed,
            WireStatus::Success => CmsProgress::Success,
            WireStatus::Failed => CmsProgress::Failed,
        };
        let lines = self.lines.into_iter().map(|line| (line.line, line.status.progress())).collect();
        Some(Fact { cms_order_id, lines, ..Fact::whole(order) })
    }
}

impl LineStatus {
    const fn progress(self) -> CmsProgress {
        match self {
            Self::Accepted => CmsProgress::Accepted,
            Self::Processed => CmsProgress::Processed,
            Self::Success => CmsProgress::Success,
            Self::Failed => CmsProgress::Failed,
        }
    }
}
