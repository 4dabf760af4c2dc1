//! Upload tickets: a presigned POST (AWS Signature Version 4) that puts one file, known by its size and digest, under one
//! key of ours.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::Sha256;

use crate::domain::{TenantId, UploadAnnouncement};

/// How long a ticket can be used.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// What signs tickets: the function's own credentials.
#[derive(Clone)]
pub struct TicketSigner {
    /// The bucket's region.
    pub region: String,
    /// The access key's id.
    pub key_id: String,
    /// The access key.
    pub secret_key: String,
    /// What temporary credentials carry besides.
    pub session_token: Option<String>,
    /// Where the form is posted to.
    pub url: String,
}

/// A secret must not reach a log.
impl std::fmt::Debug for TicketSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TicketSigner({})", self.region)
    }
}

/// A form that uploads one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Where it is posted to.
    pub url: String,
    /// Its fields, to be sent before the part `file`.
    pub fields: Vec<(&'static str, String)>,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl TicketSigner {
    /// A ticket for one file of a tenant, from the machine's clock, against which S3 holds it.
    #[must_use]
    pub fn sign(&self, bucket: &str, tenant: &TenantId, request: &UploadAnnouncement, now: Timestamp) -> Ticket {
        let at = TimeZone::UTC.to_datetime(now);
        let (day, instant) = (at.strftime("%Y%m%d").to_string(), at.strftime("%Y%m%dT%H%M%SZ").to_string());
        let expires_at = Timestamp::from_second((now + LIFETIME).as_second()).unwrap_or(now);
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let mut fields = vec![
            ("key", super::keys::upload(tenant, now)),
            ("content-type", super::CONTENT_TYPE.to_owned()),
            ("success_action_status", "201".to_owned()),
            ("x-amz-meta-file-name", request.file.to_string()),
            ("x-amz-checksum-algorithm", "SHA256".to_owned()),
            ("x-amz-checksum-sha256", BASE64_STANDARD.encode(request.digest.0)),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential", format!("{}/{scope}", self.key_id)),
            ("x-amz-date", instant),
        ];
        fields.extend(self.session_token.clone().map(|token| ("x-amz-security-token", token)));
        let exact = fields.iter().map(|(name, value)| json!({ *name: value }));
        let conditions: Vec<_> = exact
            .chain([json!({ "bucket": bucket }), json!(["content-length-range", request.bytes, request.bytes])])
            .collect();
        let policy = json!({ "expiration": expires_at.to_string(), "conditions": conditions });
        let policy = BASE64_STANDARD.encode(policy.to_string());
        let key = [day.as_str(), &self.region, "s3", "aws4_request"]
            .iter()
            .fold(format!("AWS4{}", self.secret_key).into_bytes(), |key, part| hmac(&key, part.as_bytes()));
        let signature =
            hmac(&key, policy.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        fields.extend([("policy", policy), ("x-amz-signature", signature)]);
        Ticket { url: self.url.clone(), fields, expires_at }
    }
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length.
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec());
    mac.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signing_key_is_the_one_of_the_documentation() {
        // AWS General Reference, "Deriving a signing key using other languages".
        let key = ["20120215", "us-east-1", "iam", "aws4_request"]
            .iter()
            .fold(b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec(), |key, part| hmac(&key, part.as_bytes()));
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert_eq!(hex, "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
    }
}
