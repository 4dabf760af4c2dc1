//! The service from outside, each test on a stack of its own: embedded store and bucket, real SDK, real HTTP.

mod api;
mod architecture;
mod binaries;
mod concurrency;
mod contract;
mod events;
mod lasting;
mod logs;
mod lost_answers;
mod support;
mod tables;
mod time_zones;
