//! The one file of a multipart upload.

use std::collections::HashSet;

use bytes::Bytes;
use lambda_http::Request;
use lambda_http::http::header;
use multer::Multipart;

use super::body::{bytes, is_encoded, media_type};
use crate::domain::{Faults, Field, FileName, card_number};
use crate::error::Error;

/// The largest file, in bytes: as base64 it still fits into Lambda's 6 MB.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Room for the boundaries and headers around the file.
const FRAME_BYTES_MAX: usize = 16 * 1024;

const MALFORMED: &str = "body must be well-formed multipart/form-data up to its closing boundary";

/// An uploaded file.
#[derive(Debug)]
pub struct Upload {
    /// Its name: data, never a path.
    pub name: FileName,
    /// Its content.
    pub content: Bytes,
}

/// The body of an operation that takes a file.
pub async fn upload(request: &Request) -> Result<Upload, Error> {
    if media_type(request.headers()).as_deref() != Some("multipart/form-data") || is_encoded(request.headers()) {
        return Err(Error::MediaType { takes: "multipart/form-data, without a content-encoding" });
    }
    let body = bytes(request.body());
    if body.len() > FILE_BYTES_MAX + FRAME_BYTES_MAX {
        return Err(Error::TooLarge { bytes_max: FILE_BYTES_MAX });
    }
    let boundary = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| multer::parse_boundary(value).ok())
        .ok_or_else(|| refused("header content-type must name the boundary of the parts"))?;
    // The library takes a stream of owned chunks; one copy of at most 4 MiB.
    let whole = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(Bytes::copy_from_slice(body))]);
    parts(Multipart::new(whole, boundary)).await
}

async fn parts(mut form: Multipart<'_>) -> Result<Upload, Error> {
    let mut faults = Faults::default();
    let mut unknown = HashSet::new();
    let mut files = 0;
    let mut holds_card_number = false;
    let (mut name, mut content) = (None, None);
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(_) => return Err(refused(MALFORMED)),
        };
        if field.name() == Some("file") {
            files += 1;
            holds_card_number = field.file_name().is_some_and(card_number::is_in);
            name = field.file_name().and_then(|name| FileName::parse(name).ok());
            content = Some(field.bytes().await.map_err(|_| refused(MALFORMED))?);
        } else {
            let fault = unknown_part(field.name());
            if unknown.insert(fault.clone()) {
                faults.push(fault);
            }
        }
    }
    match files {
        0 => faults.push("file is required"),
        1 if holds_card_number => faults.push("file must not have a card number in its name"),
        1 if name.is_none() => faults.push(format!("file {}", FileName::RULE)),
        1 => {}
        _ => faults.push("file must be given once"),
    }
    match (name, content, faults.is_empty()) {
        (Some(_), Some(content), true) if content.len() > FILE_BYTES_MAX => {
            Err(Error::TooLarge { bytes_max: FILE_BYTES_MAX })
        }
        (Some(name), Some(content), true) => Ok(Upload { name, content }),
        _ => Err(Error::Upload(faults)),
    }
}

fn unknown_part(name: Option<&str>) -> String {
    match name {
        Some(name) if Faults::may_name(name) => format!("{name} is not a known field"),
        _ => "body has an unknown field".to_owned(),
    }
}

fn refused(sentence: &str) -> Error {
    Error::Upload(Faults::one(sentence))
}
