//! S3: the files as they were sent. Keys are ours, objects are never overwritten, and what was written is named to the
//! version.

use std::fmt::Write;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ulid::Ulid;

use crate::domain::{FileDigest, FileName, StoredObject, TenantId};
use crate::error::Error;
use crate::store::failure;

const STORING: &str = "storing a file";

/// The bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// A bucket behind a client.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// Stores an uploaded file under a new key: at most one object comes of it, however often the SDK repeats the call.
    pub async fn put_upload(
        &self,
        tenant: &TenantId,
        file: &FileName,
        content: Bytes,
        digest: FileDigest,
        now: Timestamp,
    ) -> Result<StoredObject, Error> {
        let key = upload_key(tenant, now);
        let checksum = BASE64_STANDARD.encode(digest.0);
        let put = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(&key)
            .body(ByteStream::from(content))
            .content_type("text/plain; charset=us-ascii")
            .metadata("file-name", file.as_str())
            .if_none_match("*")
            .checksum_sha256(&checksum)
            .send()
            .await;
        let version_id = match put {
            Ok(output) => output.version_id,
            // The key is new, so what is there already is our own first attempt, whose answer was lost.
            Err(SdkError::ServiceError(service)) if service.err().code() == Some("PreconditionFailed") => {
                self.head(&key, &checksum).await?.version_id
            }
            Err(error) => return Err(failure(STORING, &error)),
        };
        let version_id = version_id.ok_or_else(|| Error::Internal {
            doing: STORING,
            source: "the bucket gave no version; its versioning must be switched on".into(),
        })?;
        Ok(StoredObject { key, version_id })
    }

    async fn head(&self, key: &str, checksum: &str) -> Result<HeadObjectOutput, Error> {
        let head = self.client.head_object().bucket(&self.name).key(key).checksum_mode(ChecksumMode::Enabled);
        let found = head.send().await.map_err(|error| failure(STORING, &error))?;
        if found.checksum_sha256() == Some(checksum) {
            Ok(found)
        } else {
            Err(Error::Internal { doing: STORING, source: "another object stands under a new key".into() })
        }
    }
}

/// `t/<tenant>/pgk/<yyyy>/<mm>/<ulid>.txt`
fn upload_key(tenant: &TenantId, now: Timestamp) -> String {
    let today = TimeZone::UTC.to_datetime(now);
    let mut key = format!("t/{tenant}/pgk/{:04}/{:02}/", today.year(), today.month());
    // Writing into a text cannot fail.
    let written = write!(key, "{}.txt", Ulid::generate());
    debug_assert!(written.is_ok());
    key
}
