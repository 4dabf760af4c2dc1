//! The rules for the fields of each record.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::naive::Reader;
use super::rules::{digit, hides_card_number, is, is_kit, upper, word};

impl Reader {
    pub fn header(&mut self, fields: &[&str], tenant: &str, now: Timestamp) {
        self.judge("format", fields[1] == "DCMSPGK", "must be DCMSPGK");
        self.judge("version", fields[2] == "01", "must be 01");
        self.judge("tenant", fields[3] == tenant, "must equal the header tenant of the call");
        if self.judge("fileRef", !hides_card_number(fields[4]), "must not contain a card number") {
            let is_right = is(fields[4], 4..=36, |c| upper(c) || c == '-') && !fields[4].starts_with('-');
            self.judge("fileRef", is_right, "must be 4 to 36 of A-Z, 0-9 and '-', the first not '-'");
        }
        let created = is(fields[5], 16..=16, |c| digit(c) || c == 'T' || c == 'Z')
            .then(|| jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", fields[5]).ok())
            .flatten()
            // A second of 60 would be taken for the one before.
            .filter(|_| !fields[5].ends_with("60Z"))
            .and_then(|time| TimeZone::UTC.to_timestamp(time).ok());
        let window = now - SignedDuration::from_hours(90 * 24)..=now + SignedDuration::from_mins(5);
        self.judge(
            "created",
            created.is_some_and(|at| window.contains(&at)),
            "must be a UTC time as YYYYMMDDTHHMMSSZ, at most 5 minutes ahead and 90 days old",
        );
        let is_known = matches!(fields[6], "DC_KIT" | "PARENT_KIT");
        self.judge("refType", is_known, "must be DC_KIT or PARENT_KIT");
        self.ref_type = is_known.then(|| fields[6].to_owned());
    }

    pub fn detail(&mut self, fields: &[&str], now: Timestamp) {
        let [_, seq, kit, parent, bin, length, masked, token, expiry, product, plastic] = fields else { return };
        let skipped = (0..=self.unknown).find(|skipped| *seq == format!("{:06}", self.details + skipped));
        self.unknown = 0;
        self.details += skipped.unwrap_or_default();
        self.judge("seq", skipped.is_some(), &format!("must be {:06}", self.details));
        let rule = "must be 1 to 20 of A-Z and 0-9, at most 11 if only digits";
        if self.judge("kitNo", is_kit(kit), rule) {
            let is_new = self.kits.insert((*kit).to_owned());
            self.judge("kitNo", is_new, "must be unique in the file");
        }
        if !parent.is_empty() {
            self.judge("parentKitNo", is_kit(parent), rule);
        } else if self.ref_type.as_deref() == Some("PARENT_KIT") {
            self.field("parentKitNo", "is required when refType is PARENT_KIT");
        }
        let bin_right = (is(bin, 6..=6, digit) || is(bin, 8..=8, digit)) && !bin.starts_with('0');
        self.judge("bin", bin_right, "must be 6 or 8 digits that do not start with 0");
        let length_right = matches!(*length, "16" | "17" | "18" | "19");
        self.judge("panLength", length_right, "must be 16 to 19");
        self.masked(masked, bin_right.then_some(bin), length_right.then_some(length));
        self.judge("panToken", !hides_card_number(token), "must not contain a card number");
        let rule = "must be 16 to 64 letters, digits, '_' or '-', at least one of them a letter";
        let token_right = is(token, 16..=64, word) && token.chars().any(|c| c.is_ascii_alphabetic());
        if self.judge("panToken", token_right, rule) {
            let is_new = self.tokens.insert((*token).to_owned());
            self.judge("panToken", is_new, "must be unique in the file");
        }
        let today = TimeZone::UTC.to_datetime(now);
        let months = is(expiry, 4..=4, digit).then(|| {
            let (year, month): (i64, i64) = (expiry[..2].parse().unwrap(), expiry[2..].parse().unwrap());
            (month, (2000 + year) * 12 + month - i64::from(today.year()) * 12 - i64::from(today.month()))
        });
        let is_right = months.is_some_and(|(month, ahead)| (1..=12).contains(&month) && (0..=120).contains(&ahead));
        self.judge("expiry", is_right, "must be YYMM from the current month to 10 years ahead");
        self.judge("productId", !hides_card_number(product), "must not contain a card number");
        let product_right = is(product, 1..=32, word);
        self.judge("productId", product_right, "must be 1 to 32 letters, digits, '_' or '-'");
        let plastic_right = is(plastic, 1..=10, |c| c.is_ascii_alphanumeric());
        self.judge("plasticCode", plastic_right, "must be 1 to 10 letters or digits");
        let group = [product, bin, plastic, length].map(|field| (*field).to_owned()).into();
        match self.groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, count)) => *count += 1,
            None => self.groups.push((group, 1)),
        }
    }

    /// It is not compared with an invalid BIN or length.
    fn masked(&mut self, masked: &str, bin: Option<&str>, length: Option<&str>) {
        let shown = masked.split('X').next().unwrap_or_default();
        let last = masked.rsplit('X').next().unwrap_or_default();
        let hidden = masked.chars().filter(|c| *c == 'X').count();
        let is_right = masked == format!("{shown}{}{last}", "X".repeat(hidden))
            && hidden > 0
            && is(shown, 1..=19, digit)
            && is(last, 4..=4, digit)
            && (16..=19).contains(&masked.len())
            && bin.is_none_or(|bin| bin == shown)
            && length.is_none_or(|length| length == masked.len().to_string());
        let hidden_min = if length == Some("16") && shown.len() == 8 { 4 } else { 6 };
        let is_hidden = bin.is_none() || length.is_none() || hidden >= hidden_min;
        if !self.judge("maskedPan", is_right, "must be the bin, then X, then 4 digits, panLength characters in all")
            || !self.judge(
                "maskedPan",
                is_hidden,
                "must hide at least 6 digits, or at least 4 when panLength is 16 and bin has 8 digits",
            )
        {
            self.last4 = None;
        }
        self.last4 = self.last4.map(|sum| sum + last.parse::<u64>().unwrap());
    }

    pub fn trailer(&mut self, fields: &[&str], records: &[u8]) {
        for (name, field, total) in [("detailCount", fields[1], self.details), ("lineCount", fields[2], self.line)] {
            if self.unreadable {
                self.judge(name, field.len() >= 6 && field.chars().all(digit), "must be digits, zero-padded to 6");
            } else {
                self.judge(name, field == format!("{total:06}"), &format!("must be {total:06}"));
            }
        }
        let has_form = fields[3].len() >= 10 && fields[3].chars().all(digit);
        if self.judge("last4Total", has_form, "must be digits, zero-padded to 10")
            && let (false, Some(sum)) = (self.unreadable, self.last4)
        {
            let rule = "must be the sum of the last four digits of every maskedPan";
            self.judge("last4Total", fields[3] == format!("{sum:010}"), rule);
        }
        let is_hex = is(fields[4], 64..=64, |c| digit(c) || ('a'..='f').contains(&c));
        if self.judge("sha256", is_hex, "must be 64 lower-case hex digits")
            && !self.marked
            && fields[4] != hex::encode(Sha256::digest(records))
        {
            self.whole_file("sha256 does not match");
        }
    }
}
