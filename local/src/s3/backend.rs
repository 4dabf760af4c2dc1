//! The S3 operations that the service and its tools use, on [`Objects`] and a folder of bytes.
//!
//! Each operation is one transaction, and each write creates a version. An object is visible once all of it has arrived.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use s3s::dto::{
    BucketLocationConstraint, BucketVersioningStatus, DeleteObjectInput, DeleteObjectOutput, ETag, ETagCondition,
    GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput, GetBucketVersioningOutput,
    GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput,
    ListBucketsInput, ListBucketsOutput, ListObjectsV2Input, ListObjectsV2Output, PutObjectInput, PutObjectOutput,
    StreamingBlob,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::Notify;
use tokio_util::io::ReaderStream;
use ulid::Ulid;

use super::event::created;
use super::listing::fold;
use super::notices::Notices;
use super::objects::{Condition, Object, Objects};
use super::receive::{Received, internal, receive, stated};

const KEY_BYTES_MAX: usize = 1024;
const LIST_MAX: i32 = 1000;

/// A bucket that keeps versions.
#[derive(Debug, Clone)]
pub struct Backend {
    objects: Arc<Objects>,
    bytes: PathBuf,
    bucket: &'static str,
    news: Arc<Notify>,
}

impl Backend {
    /// Opens the bucket in a folder.
    pub fn open(folder: &Path, bucket: &'static str) -> rusqlite::Result<Self> {
        let bytes = folder.join("objects");
        std::fs::create_dir_all(&bytes).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let objects = Arc::new(Objects::open(&folder.join("bucket.sqlite"))?);
        Ok(Self { objects, bytes, bucket, news: Arc::default() })
    }

    /// Returns the queue of the bucket's events.
    #[must_use]
    pub fn queue(&self) -> Notices {
        Notices::new(Arc::clone(&self.objects), Arc::clone(&self.news))
    }

    fn check_bucket(&self, name: &str) -> S3Result<()> {
        if name == self.bucket { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }

    /// Runs statements on a thread that may block.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Objects) -> rusqlite::Result<T> + Send + 'static,
    ) -> S3Result<T> {
        let objects = Arc::clone(&self.objects);
        let done = tokio::task::spawn_blocking(move || work(&objects)).await.map_err(S3Error::internal_error)?;
        done.map_err(S3Error::internal_error)
    }

    async fn find(&self, bucket: &str, key: String, version_id: Option<String>) -> S3Result<Object> {
        self.check_bucket(bucket)?;
        let has_version = version_id.is_some();
        let found = self.run(move |objects| objects.find(&key, version_id.as_deref())).await?;
        match found {
            Some(object) if object.is_delete_marker && has_version => Err(s3_error!(MethodNotAllowed)),
            Some(object) if !object.is_delete_marker => Ok(object),
            _ if has_version => Err(s3_error!(NoSuchVersion)),
            _ => Err(s3_error!(NoSuchKey)),
        }
    }

    fn path(&self, version_id: &str) -> PathBuf {
        self.bytes.join(version_id)
    }

    async fn keep(&self, received: Received, object: Object, condition: Condition) -> S3Result<Object> {
        let path = self.path(&object.version_id);
        // The bytes come first: no row may name bytes that do not exist.
        received.file.keep(&path).map_err(internal)?;
        let row = object.clone();
        let bucket = self.bucket;
        let is_kept = self
            .run(move |objects| objects.add(&row, &condition, |object, seq| Some(created(bucket, object, seq))))
            .await?;
        if is_kept {
            self.news.notify_one();
            return Ok(object);
        }
        tokio::fs::remove_file(&path).await.map_err(internal)?;
        Err(s3_error!(PreconditionFailed, "the condition on the object does not hold"))
    }
}

/// A new version of an object, without content.
fn version_now(key: String) -> Object {
    let (version_id, modified_ms) = (Ulid::generate().to_string(), Timestamp::now().as_millisecond());
    Object { key, version_id, modified_ms, ..Object::default() }
}

/// What a `HEAD` of an object answers.
fn described(object: Object) -> HeadObjectOutput {
    HeadObjectOutput {
        content_length: Some(object.bytes),
        last_modified: object.modified(),
        content_type: object.content_type,
        e_tag: Some(ETag::Strong(object.etag)),
        metadata: Some(object.metadata),
        checksum_sha256: Some(object.sha256),
        version_id: Some(object.version_id),
        ..Default::default()
    }
}

#[async_trait::async_trait]
impl S3 for Backend {
    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let S3Request { mut input, trailing_headers, .. } = request;
        self.check_bucket(&input.bucket)?;
        if input.key.len() > KEY_BYTES_MAX {
            return Err(s3_error!(KeyTooLongError));
        }
        let condition = match (&input.if_none_match, &input.if_match) {
            (Some(ETagCondition::Any), None) => Condition::Absent,
            (None, Some(ETagCondition::ETag(etag))) => Condition::Matches(etag.value().to_owned()),
            (None, None) => Condition::Always,
            _ => return Err(s3_error!(NotImplemented, "this condition is not supported")),
        };
        let stated = stated(&input);
        let received = receive(&self.bytes, input.body.take(), stated, trailing_headers).await?;
        let object = Object {
            bytes: received.bytes,
            etag: received.etag.clone(),
            sha256: received.sha256.clone(),
            content_type: input.content_type,
            metadata: input.metadata.unwrap_or_default(),
            ..version_now(input.key)
        };
        let object = self.keep(received, object, condition).await?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(object.etag)),
            checksum_sha256: Some(object.sha256),
            version_id: Some(object.version_id),
            ..Default::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let object = self.find(&input.bucket, input.key, input.version_id).await?;
        let size = u64::try_from(object.bytes).unwrap_or_default();
        let range = input.range.map(|range| range.check(size)).transpose().map_err(|_| s3_error!(InvalidRange))?;
        let mut file = tokio::fs::File::open(self.path(&object.version_id)).await.map_err(internal)?;
        let (start, end) = range.as_ref().map_or((0, size), |range| (range.start, range.end));
        file.seek(std::io::SeekFrom::Start(start)).await.map_err(internal)?;
        let body = StreamingBlob::wrap(ReaderStream::with_capacity(file.take(end - start), 64 * 1024));
        let HeadObjectOutput { content_type, e_tag, last_modified, metadata, checksum_sha256, version_id, .. } =
            described(object);
        Ok(S3Response::new(GetObjectOutput {
            body: Some(body),
            content_length: i64::try_from(end - start).ok(),
            content_range: range.map(|_| format!("bytes {start}-{}/{size}", end.saturating_sub(1))),
            content_type,
            e_tag,
            last_modified,
            metadata,
            checksum_sha256,
            version_id,
            ..Default::default()
        }))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let object = self.find(&input.bucket, input.key, input.version_id).await?;
        Ok(S3Response::new(described(object)))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        if let Some(version_id) = input.version_id {
            let (key, version) = (input.key, version_id.clone());
            if self.run(move |objects| objects.remove(&key, &version)).await? {
                // A delete marker has no bytes, and bytes that cannot be removed only take space.
                if let Err(error) = tokio::fs::remove_file(self.path(&version_id)).await {
                    tracing::debug!(%error, "no bytes to remove");
                }
            }
            return Ok(S3Response::new(DeleteObjectOutput { version_id: Some(version_id), ..Default::default() }));
        }
        let marker = Object { is_delete_marker: true, ..version_now(input.key) };
        let version_id = marker.version_id.clone();
        self.run(move |objects| objects.add(&marker, &Condition::Always, |_, _| None)).await?;
        let output =
            DeleteObjectOutput { delete_marker: Some(true), version_id: Some(version_id), ..Default::default() };
        Ok(S3Response::new(output))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let keys_max = input.max_keys.unwrap_or(LIST_MAX).clamp(0, LIST_MAX);
        let limit = usize::try_from(keys_max).unwrap_or_default();
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = input.continuation_token.clone().or(input.start_after.clone()).unwrap_or_default();
        let under = prefix.clone();
        let mut found = self.run(move |objects| objects.list(&under, &after, limit + 1)).await?;
        let is_truncated = found.len() > limit;
        found.truncate(limit);
        let next = is_truncated.then(|| found.last().map(|object| object.key.clone())).flatten();
        let (contents, prefixes) = fold(found, &prefix, input.delimiter.as_deref());
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: input.prefix,
            delimiter: input.delimiter,
            max_keys: Some(keys_max),
            key_count: i32::try_from(contents.len() + prefixes.len()).ok(),
            is_truncated: Some(is_truncated),
            next_continuation_token: next,
            continuation_token: input.continuation_token,
            contents: Some(contents),
            common_prefixes: Some(prefixes),
            ..Default::default()
        }))
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.check_bucket(&request.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let bucket = s3s::dto::Bucket { name: Some(self.bucket.to_owned()), ..Default::default() };
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(vec![bucket]), ..Default::default() }))
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.check_bucket(&request.input.bucket)?;
        let constraint = BucketLocationConstraint::from(String::new());
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint: Some(constraint) }))
    }

    async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        self.check_bucket(&request.input.bucket)?;
        let status = Some(BucketVersioningStatus::from_static(BucketVersioningStatus::ENABLED));
        Ok(S3Response::new(GetBucketVersioningOutput { status, ..Default::default() }))
    }
}
