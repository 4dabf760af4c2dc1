//! The file of pre-generated kits, DCMSPGK version 01: parsed as a stream, in one pass.
//!
//! A [`Parser`] is fed chunks of bytes and ends with a [`Manifest`] or with the [`PgkFaults`] of the whole file. What it
//! keeps does not grow with the number of lines, except for the [`Kits`], gathered by [block](BlockKey) and [slot](Slots), and
//! the fingerprints of tokens.

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
mod lines;
mod manifest;
mod parser;
mod pattern;
mod pieces;
mod records;
mod scan;
mod shape;
mod slots;
mod trailer;
mod unique;

pub use blocks::{Blocks, Kits};
pub use faults::PgkFaults;
pub use find::KitFinder;
pub use kit::{BlockKey, KitNo};
pub use manifest::{DETAILS_MAX, Manifest};
pub use parser::{Parser, parse};
pub use slots::Slots;
