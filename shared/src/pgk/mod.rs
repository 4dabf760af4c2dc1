//! The file of pre-generated kits, DCMSPGK version 01: parsed as a stream, in one pass.
//!
//! A [`Parser`] is fed chunks of bytes and ends with a [`Manifest`] or with the [`PgkFaults`] of the whole file. `parser`
//! cuts the chunks into lines; `records` counts them and has each checked by `header`, `detail` or `trailer`. Details that
//! look like an earlier valid one are recognized by `pattern`, many bytes at once.
//!
//! What the parser keeps does not grow with the number of lines, except for 16 bytes per kit and 8 bytes per token, which
//! `unique` looks through at the end. The kits of a valid file are claimed by [`Blocks`], each kit as one of the [`Slots`]
//! of a block.

mod block_key;
mod blocks;
mod detail;
mod digest;
mod faults;
mod find;
mod fingerprint;
mod groups;
mod guard;
mod header;
mod kit;
mod lined;
mod lines;
mod manifest;
mod parser;
mod pattern;
mod records;
mod rules;
mod scan;
mod shape;
mod slots;
mod trailer;
mod unique;

pub use block_key::BlockKey;
pub use blocks::Blocks;
pub use faults::PgkFaults;
pub use find::KitFinder;
pub use kit::KitNo;
pub use manifest::{DETAILS_MAX, Manifest};
pub use parser::{Parser, parse};
pub use slots::Slots;
