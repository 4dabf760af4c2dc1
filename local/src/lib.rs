//! The local stack: the same handlers as on Lambda, behind a gateway that builds the same events, on an embedded
//! DynamoDB, an embedded S3, queues in this process and a simulator of the card management system (CMS). None of it is
//! deployed.
//!
//! [`stack`] starts the parts. Each part that speaks HTTP is served by [`listener`], which lets no web page in.

mod access_log;
pub mod address;
mod authorizer;
pub mod calling;
pub mod check;
pub mod cms;
pub mod config;
mod data;
mod database;
pub mod demo;
mod dynamodb;
mod event;
pub mod gateway;
mod guard;
pub mod handlers;
pub mod listener;
mod pages;
mod s3;
pub mod sample;
pub mod stack;
mod temporary;
pub mod throttle;
mod upstream;
mod work;
