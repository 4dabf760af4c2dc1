//! The file of pre-generated kits, DCMSPGK version 01: parsed as a stream, in one pass.
//!
//! A [`Parser`] is fed chunks of bytes and ends with a [`Manifest`] or with the [`PgkFaults`] of the whole file. What it
//! keeps does not grow with the number of lines, except for the [`Kits`], each a [slot](Slots) in a [block](BlockKey), and
//! the fingerprints of tokens.

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
mod index;
mod kit;
mod kit_set;
mod kits;
mod lined;
mod lines;
mod manifest;
mod parser;
mod pattern;
mod pieces;
mod records;
mod scan;
mod scatter;
mod shape;
mod slots;
mod trailer;
mod unique;

pub use block_key::BlockKey;
pub use blocks::Blocks;
pub use faults::PgkFaults;
pub use find::KitFinder;
pub use kit::KitNo;
pub use kit_set::KitSet;
pub use kits::Kits;
pub use manifest::{DETAILS_MAX, Manifest};
pub use parser::{Parser, parse};
pub use slots::Slots;
