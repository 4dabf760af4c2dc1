//! The local stack: the same handlers as on Lambda, behind a gateway that makes the same events, on an embedded
//! DynamoDB, an embedded S3, queues of this process and a simulator of the card management system. Nothing of it is
//! deployed.

mod apps;
pub mod check;
pub mod cms;
pub mod dynamodb;
pub mod gateway;
pub mod s3;
pub mod sample;
pub mod stack;
pub mod work;

/// Bytes as lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)).collect()
}
