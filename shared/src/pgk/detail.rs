//! The record of one kit, `D|seq|kitNo|parentKitNo|bin|panLength|maskedPan|panToken|expiry|productId|plasticCode`.

use super::PgkFaults;
use super::groups::KitKind;
use super::guard::holds_card_number;
use super::kit::{KitNo, is_kit_no};
use super::rules::{RefType, Rules};
use crate::domain::{Bin, PanLength};

const KIT_NO: &str = "must be 1 to 20 of A-Z and 0-9, at most 11 if only digits";
const BIN: &str = "must be 6 or 8 digits that do not start with 0";
const MASKED_PAN: &str = "must be the bin, then X, then 4 digits, panLength characters in all";
const HIDDEN: &str = "must hide at least 6 digits, or at least 4 when panLength is 16 and bin has 8 digits";
const CARD_NUMBER: &str = "must not contain a card number";
const TOKEN: &str = "must be 16 to 64 letters, digits, '_' or '-', at least one of them a letter";
const EXPIRY_MONTHS_MAX: i32 = 120;

/// The valid fields of a detail.
#[derive(Debug, Default)]
pub(super) struct Detail<'a> {
    pub(super) kit: Option<KitNo>,
    pub(super) token: Option<&'a [u8]>,
    pub(super) kind: Option<KitKind>,
    /// The last four digits of the masked card number, as a number.
    pub(super) last4: Option<u32>,
}

/// Checks the fields that depend on one line only.
pub(super) fn check<'a>(
    line: u64,
    fields: [&'a [u8]; 11],
    seq_due: u32,
    rules: &Rules,
    faults: &mut PgkFaults,
) -> Detail<'a> {
    let [_, seq, kit_no, parent_kit_no, bin, pan_length, masked_pan, token, expiry, product_id, plastic_code] = fields;
    if !is_number(seq, u64::from(seq_due), 6) {
        faults.field(line, "seq", format_args!("must be {seq_due:06}"));
    }
    let mut judged = |field, is_right: bool, rule: &str| {
        if !is_right {
            faults.field(line, field, rule);
        }
        is_right
    };
    let kit = KitNo::parse(kit_no);
    judged("kitNo", kit.is_some(), KIT_NO);
    if parent_kit_no.is_empty() {
        // An invalid refType requires nothing.
        let is_required = rules.ref_type == Some(RefType::ParentKit);
        judged("parentKitNo", !is_required, "is required when refType is PARENT_KIT");
    } else {
        judged("parentKitNo", is_kit_no(parent_kit_no), KIT_NO);
    }
    let right_bin = parse_bin(bin);
    judged("bin", right_bin.is_some(), BIN);
    let right_length = parse_pan_length(pan_length);
    judged("panLength", right_length.is_some(), "must be 16 to 19");
    let last4 = check_masked_pan(masked_pan, bin, right_bin, right_length);
    judged("maskedPan", last4.is_ok(), last4.err().unwrap_or_default());
    judged("panToken", !holds_card_number(token), CARD_NUMBER);
    let has_token = judged("panToken", is_token(token), TOKEN);
    judged("expiry", is_expiry(expiry, rules.this_month), "must be YYMM from the current month to 10 years ahead");
    judged("productId", !holds_card_number(product_id), CARD_NUMBER);
    let is_product = is_made_of(product_id, 32, is_word_byte);
    judged("productId", is_product, "must be 1 to 32 letters, digits, '_' or '-'");
    let is_plastic = is_made_of(plastic_code, 10, |byte| byte.is_ascii_alphanumeric());
    judged("plasticCode", is_plastic, "must be 1 to 10 letters or digits");
    let kind = right_bin.zip(right_length).filter(|_| is_product && is_plastic);
    let kind = kind.map(|(bin, length)| KitKind::new(bin, length, product_id, plastic_code));
    Detail { kit, token: has_token.then_some(token), kind, last4: last4.ok() }
}

/// Whether a field is this number, zero-padded to `digits_min`.
pub(super) fn is_number(field: &[u8], number: u64, digits_min: usize) -> bool {
    let mut text = [b'0'; 20];
    let mut start = text.len();
    let mut rest = number;
    while rest > 0 {
        start -= 1;
        text[start] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    field == &text[start.min(text.len() - digits_min)..]
}

fn parse_bin(field: &[u8]) -> Option<Bin> {
    std::str::from_utf8(field).ok().and_then(|text| Bin::parse(text).ok())
}

fn parse_pan_length(field: &[u8]) -> Option<PanLength> {
    match field {
        [b'1', digit @ b'6'..=b'9'] => PanLength::from_digits(10 + u32::from(digit - b'0')),
        _ => None,
    }
}

/// Returns the last four digits, or the broken rule. The field is not compared with an invalid bin or length.
fn check_masked_pan(
    field: &[u8],
    bin: &[u8],
    right_bin: Option<Bin>,
    right_length: Option<PanLength>,
) -> Result<u32, &'static str> {
    let shown = field.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hidden = field[shown..].iter().take_while(|byte| **byte == b'X').count();
    let last = &field[shown + hidden..];
    let has_form = (16..=19).contains(&field.len())
        && (right_bin.is_none() || matches!(shown, 6 | 8))
        && shown > 0
        && hidden > 0
        && last.len() == 4
        && last.iter().all(u8::is_ascii_digit);
    let is_of_bin = right_bin.is_none() || &field[..shown] == bin;
    let is_of_length = right_length.is_none_or(|length| length.get() as usize == field.len());
    if !(has_form && is_of_bin && is_of_length) {
        return Err(MASKED_PAN);
    }
    let hidden_min = if field.len() == 16 && shown == 8 { 4 } else { 6 };
    if right_bin.is_some() && right_length.is_some() && hidden < hidden_min {
        return Err(HIDDEN);
    }
    Ok(last.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

fn is_token(field: &[u8]) -> bool {
    (16..=64).contains(&field.len())
        && field.iter().all(|byte| is_word_byte(*byte))
        && field.iter().any(u8::is_ascii_alphabetic)
}

fn is_expiry(field: &[u8], this_month: i32) -> bool {
    let [a, b, c, d] = field else { return false };
    if !field.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let pair = |tens: &u8, ones: &u8| i32::from(tens - b'0') * 10 + i32::from(ones - b'0');
    let (year, month) = (pair(a, b), pair(c, d));
    (1..=12).contains(&month) && (0..=EXPIRY_MONTHS_MAX).contains(&(year * 12 + month - this_month))
}

fn is_made_of(field: &[u8], length_max: usize, allowed: fn(u8) -> bool) -> bool {
    (1..=length_max).contains(&field.len()) && field.iter().all(|byte| allowed(*byte))
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
