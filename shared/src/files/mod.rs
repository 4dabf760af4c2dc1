//! Use cases that concern files of kits: an upload whose caller waits, and an object that an event announces. Both come to
//! the same: parse in one pass, claim the kits, write one verdict.
//!
//! [`Files`] is what all of them work with. `upload` and `ingest` bring a file to its claims, `claims` says what a claim is,
//! `walk` claims block after block, `verdict` ends it; `rivals` judges the other files that claim the same kits, `clashes`
//! finds the lines of the kits that are lost.

mod claims;
mod clashes;
mod context;
mod find;
mod ingest;
mod rehearse;
mod rivals;
mod upload;
mod verdict;
mod walk;

pub use claims::Progress;
pub use context::Files;
pub use find::{FileSearch, Whereabouts};
pub use ingest::{Arrival, Ingested};
pub use upload::UploadedFile;
