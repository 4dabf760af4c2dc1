//! Upload tickets: a presigned POST (AWS Signature Version 4) that stores one file of a given size and digest under one
//! key that we chose.

use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::aws::{Access, url_suffix};
use crate::domain::{TenantId, UploadAnnouncement};

/// How long a ticket is valid.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// What signs tickets, with the function's own credentials if there are no sessions.
#[derive(Debug, Clone)]
pub struct TicketSigner {
    pub(super) access: Access,
    /// Where the form is posted to.
    url: String,
}

/// A form that uploads one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Where it is posted to.
    pub url: String,
    /// Its fields, to be sent before the part `file`.
    pub fields: Vec<(&'static str, String)>,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl TicketSigner {
    /// A signer for a bucket at `url`, or at AWS.
    #[must_use]
    pub fn new(access: Access, bucket: &str, url: Option<&str>) -> Self {
        let url = match url {
            Some(url) => format!("{url}/{bucket}"),
            None => format!("https://{bucket}.s3.{}.{}/", access.region, url_suffix(&access.region)),
        };
        Self { access, url }
    }

    /// Signs a ticket for one file of a tenant. `now` is the machine's time, which S3 compares with its own.
    #[must_use]
    pub fn sign(
        &self,
        access: &Access,
        bucket: &str,
        tenant: &TenantId,
        request: &UploadAnnouncement,
        now: Timestamp,
    ) -> Ticket {
        let at = TimeZone::UTC.to_datetime(now);
        let (day, instant) = (at.strftime("%Y%m%d").to_string(), at.strftime("%Y%m%dT%H%M%SZ").to_string());
        let expires_at = Timestamp::from_second((now + LIFETIME).as_second()).unwrap_or(now);
        let scope = format!("{day}/{}/s3/aws4_request", access.region);
        let mut fields = vec![
            ("key", super::keys::upload(tenant, now)),
            ("content-type", super::CONTENT_TYPE.to_owned()),
            ("success_action_status", "201".to_owned()),
            ("x-amz-meta-file-name", request.file.to_string()),
            ("x-amz-checksum-algorithm", "SHA256".to_owned()),
            ("x-amz-checksum-sha256", BASE64_STANDARD.encode(request.digest.0)),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential", format!("{}/{scope}", access.key_id)),
            ("x-amz-date", instant),
        ];
        fields.extend(access.session_token.clone().map(|token| ("x-amz-security-token", token)));
        let exact = fields.iter().map(|(name, value)| json!({ *name: value }));
        let conditions: Vec<_> = exact
            .chain([json!({ "bucket": bucket }), json!(["content-length-range", request.bytes, request.bytes])])
            .collect();
        let policy = json!({ "expiration": expires_at.to_string(), "conditions": conditions });
        let policy = BASE64_STANDARD.encode(policy.to_string());
        // The machine's time is always in range.
        let time = SystemTime::try_from(now).unwrap_or(SystemTime::UNIX_EPOCH);
        let key = generate_signing_key(&access.secret_key, time, &access.region, "s3");
        let signature = calculate_signature(key, policy.as_bytes());
        fields.extend([("policy", policy), ("x-amz-signature", signature)]);
        Ticket { url: self.url.clone(), fields, expires_at }
    }
}
