//! S3: the files as they were sent. We choose the keys, never overwrite an object, and refer to an object by its version.

pub mod keys;
mod ticket;

use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use jiff::Timestamp;

use crate::aws::{Session, Sessions, failure};
use crate::domain::{FileDigest, FileName, StoredObject, TenantId, UploadAnnouncement, UploadId};
use crate::error::Error;

const STORING: &str = "storing a file";
const READING: &str = "reading a file";

const CONTENT_TYPE: &str = "text/plain";
/// Metadata keys of an object.
const FILE_NAME: &str = "file-name";
const UPLOAD_ID: &str = "upload-id";

pub use ticket::{Ticket, TicketSigner};

/// The bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    /// Whose credentials reach the objects, and sign tickets; `None`: those of the client and of the signer.
    sessions: Option<Sessions>,
    name: String,
    signer: TicketSigner,
}

impl Bucket {
    /// A bucket behind a client.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>, signer: TicketSigner) -> Self {
        Self { client, sessions: None, name: name.into(), signer }
    }

    /// The bucket, of which each tenant's objects are reached by a session of its own.
    #[must_use]
    pub fn isolated(self, sessions: Option<Sessions>) -> Self {
        Self { sessions, ..self }
    }

    /// The session that reaches a tenant's objects, if there are sessions.
    async fn session(&self, tenant: &TenantId) -> Result<Option<Arc<Session>>, Error> {
        match &self.sessions {
            Some(sessions) => sessions.of(tenant).await.map(Some),
            None => Ok(None),
        }
    }

    async fn client(&self, tenant: &TenantId) -> Result<Client, Error> {
        let session = self.session(tenant).await?;
        Ok(session.map_or_else(|| self.client.clone(), |session| session.s3(&self.client)))
    }

    /// The bucket's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Signs a ticket to upload one file directly to the bucket.
    pub async fn ticket(&self, tenant: &TenantId, request: &UploadAnnouncement) -> Result<Ticket, Error> {
        let session = self.session(tenant).await?;
        let access = session.as_ref().map_or(&self.signer.access, |session| &session.access);
        Ok(self.signer.sign(access, &self.name, tenant, request, Timestamp::now()))
    }

    /// Stores an uploaded file under a new key. At most one object results, however often the SDK retries.
    pub async fn put_upload(&self, upload: &NewUpload<'_>, content: Bytes) -> Result<StoredObject, Error> {
        let key = keys::upload(upload.tenant, upload.now);
        let client = self.client(upload.tenant).await?;
        let checksum = BASE64_STANDARD.encode(upload.digest.0);
        let mut version_id = None;
        for is_last in [false, false, true] {
            let put = client
                .put_object()
                .bucket(&self.name)
                .key(&key)
                .body(ByteStream::from(content.clone()))
                .content_type(CONTENT_TYPE)
                .metadata(FILE_NAME, upload.file.as_str())
                .metadata(UPLOAD_ID, upload.id.as_str())
                .if_none_match("*")
                .checksum_sha256(&checksum)
                .send()
                .await;
            version_id = match put {
                Ok(output) => output.version_id,
                Err(SdkError::ServiceError(service)) => match service.err().code() {
                    // The key is new, so the object there is from our own first attempt, whose answer was lost.
                    Some("PreconditionFailed") => self.head(&client, &key, &checksum).await?.version_id,
                    // Our own first attempt is still being written.
                    Some("ConditionalRequestConflict") if !is_last => continue,
                    _ => return Err(failure(STORING, &SdkError::ServiceError(service))),
                },
                Err(error) => return Err(failure(STORING, &error)),
            };
            break;
        }
        let version_id = version_id.ok_or_else(|| Error::Internal {
            doing: STORING,
            source: "the bucket returned no version; its versioning must be enabled".into(),
        })?;
        Ok(StoredObject { key, version_id })
    }

    /// Opens one version of a tenant's object; `None` if it is no longer there.
    pub async fn open(&self, tenant: &TenantId, object: &StoredObject) -> Result<Option<OpenObject>, Error> {
        let client = self.client(tenant).await?;
        let get = client.get_object().bucket(&self.name).key(&object.key).version_id(&object.version_id);
        match get.send().await {
            Ok(output) => {
                let metadata = output.metadata.unwrap_or_default();
                Ok(Some(OpenObject {
                    file: metadata.get(FILE_NAME).and_then(|name| FileName::parse(name).ok()),
                    is_upload: metadata.contains_key(UPLOAD_ID),
                    body: output.body,
                }))
            }
            Err(SdkError::ServiceError(service)) if service.err().code().is_some_and(is_gone) => Ok(None),
            Err(error) => Err(failure(READING, &error)),
        }
    }

    async fn head(&self, client: &Client, key: &str, checksum: &str) -> Result<HeadObjectOutput, Error> {
        let head = client.head_object().bucket(&self.name).key(key).checksum_mode(ChecksumMode::Enabled);
        let found = head.send().await.map_err(|error| failure(STORING, &error))?;
        if found.checksum_sha256() == Some(checksum) {
            Ok(found)
        } else {
            Err(Error::Internal { doing: STORING, source: "another object exists under a new key".into() })
        }
    }
}

/// The version was removed, or is a delete marker.
fn is_gone(code: &str) -> bool {
    matches!(code, "NoSuchKey" | "NoSuchVersion" | "MethodNotAllowed")
}

/// An upload on its way into the bucket.
#[derive(Debug)]
pub struct NewUpload<'a> {
    /// The tenant that it belongs to.
    pub tenant: &'a TenantId,
    /// The name that the caller gave it.
    pub file: &'a FileName,
    /// The id of the upload.
    pub id: &'a UploadId,
    /// Digest of the bytes.
    pub digest: FileDigest,
    /// The instant of the call.
    pub now: Timestamp,
}

/// An object that is being read.
#[derive(Debug)]
pub struct OpenObject {
    /// The file's name, if the metadata has it (uploads and tickets).
    pub file: Option<FileName>,
    /// Whether `uploadFile` put it there, rather than a ticket or a drop.
    pub is_upload: bool,
    body: ByteStream,
}

impl OpenObject {
    /// Returns the next bytes; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        self.body.try_next().await.map_err(|error| Error::Unavailable { doing: READING, source: error.into() })
    }
}
