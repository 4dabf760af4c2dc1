//! Receives the bytes of an object into a temporary file, and checks every checksum that the sender stated.

use std::io;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt;
use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{PutObjectInput, StreamingBlob};
use s3s::{S3Error, S3Result, TrailingHeaders, s3_error};
use tokio::io::AsyncWriteExt;

use crate::temporary::TemporaryFile;

/// Bytes that arrived completely.
pub(super) struct Received {
    pub(super) file: TemporaryFile,
    pub(super) bytes: i64,
    pub(super) etag: String,
    pub(super) sha256: String,
}

/// The checksums that the sender stated: name, and value in base64.
type Stated = Vec<(&'static str, String)>;

const TRAILERS: [&str; 5] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];

/// Returns the checksums that the headers state.
pub(super) fn stated(input: &PutObjectInput) -> Stated {
    let fields = [
        &input.checksum_crc32,
        &input.checksum_crc32c,
        &input.checksum_crc64nvme,
        &input.checksum_sha1,
        &input.checksum_sha256,
    ];
    let checksums = TRAILERS.into_iter().zip(fields).filter_map(|(name, value)| Some((name, value.clone()?)));
    checksums.chain(input.content_md5.clone().map(|value| ("content-md5", value))).collect()
}

/// Receives a body. If a checksum does not match, nothing is kept.
pub(super) async fn receive(
    folder: &Path,
    body: Option<StreamingBlob>,
    mut stated: Stated,
    trailers: Option<TrailingHeaders>,
) -> S3Result<Received> {
    let (file, out) = TemporaryFile::create(folder).map_err(internal)?;
    let mut out = tokio::fs::File::from_std(out);
    let mut hasher = ChecksumHasher {
        crc32: Some(Crc32::new()),
        crc32c: Some(Crc32c::new()),
        sha1: Some(Sha1::new()),
        sha256: Some(Sha256::new()),
        crc64nvme: Some(Crc64Nvme::new()),
    };
    let (mut md5, mut bytes) = (Md5::new(), 0_i64);
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| s3_error!(IncompleteBody))?;
            hasher.update(&chunk);
            md5.update(&chunk);
            bytes += i64::try_from(chunk.len()).unwrap_or(i64::MAX);
            out.write_all(&chunk).await.map_err(internal)?;
        }
    }
    out.flush().await.map_err(internal)?;
    if let Some(trailers) = trailers.and_then(|trailers| trailers.take()) {
        stated.extend(
            TRAILERS.into_iter().filter_map(|name| Some((name, trailers.get(name)?.to_str().ok()?.to_owned()))),
        );
    }
    let sums = hasher.finalize();
    let md5 = md5.finalize();
    let sha256 = sums.checksum_sha256.unwrap_or_default();
    let computed = [
        sums.checksum_crc32,
        sums.checksum_crc32c,
        sums.checksum_crc64nvme,
        sums.checksum_sha1,
        Some(sha256.clone()),
        Some(BASE64_STANDARD.encode(md5)),
    ];
    let differs = |(name, value): &(&str, String)| {
        let mut known = TRAILERS.into_iter().chain(["content-md5"]).zip(&computed);
        !known.any(|(known, computed)| known == *name && computed.as_ref() == Some(value))
    };
    if stated.iter().any(differs) {
        return Err(s3_error!(BadDigest, "the checksum does not match the body"));
    }
    Ok(Received { file, bytes, etag: hex::encode(md5), sha256 })
}

pub(super) fn internal(error: io::Error) -> S3Error {
    S3Error::internal_error(error)
}
