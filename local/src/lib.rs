//! The local stack: the same handlers as on Lambda, behind a gateway that makes the same events, on an embedded
//! DynamoDB and an embedded S3. Nothing of it is deployed.

pub mod dynamodb;
pub mod gateway;
pub mod s3;
pub mod sample;
pub mod stack;
