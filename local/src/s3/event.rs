//! The event that S3 sends for a new object.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::objects::Object;

const KEY_ENCODING: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*');

/// Returns the event for a new object, as JSON.
pub(super) fn created(bucket: &str, object: &Object, seq: i64) -> String {
    let at = Timestamp::from_millisecond(object.modified_ms).unwrap_or_default();
    // As in a form: a space becomes a plus, and everything except letters, digits and a few marks is percent-encoded.
    let key = utf8_percent_encode(&object.key, KEY_ENCODING).to_string().replace("%20", "+");
    serde_json::json!({
        "Records": [{
            "eventVersion": "2.3",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            "eventName": "ObjectCreated:Put",
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "local",
                "bucket": { "name": bucket, "arn": format!("arn:aws:s3:::{bucket}") },
                "object": {
                    "key": key,
                    "size": object.bytes,
                    "eTag": object.etag,
                    "versionId": object.version_id,
                    "sequencer": format!("{seq:018X}"),
                },
            },
        }],
    })
    .to_string()
}
