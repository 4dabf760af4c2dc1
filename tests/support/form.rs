//! Multipart bodies, made by hand so that they can be wrong.

pub const BOUNDARY: &str = "XBOUNDARYX";

pub fn content_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// A part: its headers and its content.
pub type Part = (String, Vec<u8>);

pub fn file(name: &str, content: &[u8]) -> Part {
    (
        format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain"),
        content.to_vec(),
    )
}

pub fn field(name: &str, value: &str) -> Part {
    (format!("Content-Disposition: form-data; name=\"{name}\""), value.as_bytes().to_vec())
}

pub fn body(parts: &[Part]) -> Vec<u8> {
    let mut body = Vec::new();
    for (headers, content) in parts {
        body.extend_from_slice(format!("--{BOUNDARY}\r\n{headers}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}
