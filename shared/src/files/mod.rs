//! Use cases for files of kits: an upload whose caller waits, and an object that an event announces. Both parse the file in
//! one pass, claim its kits and write one verdict.
//!
//! [`Files`] is what all of them work with. `upload` and `ingest` parse a file, `claims` explains what a claim is, `walk`
//! claims block after block, and `verdict` writes the end. `rivals` judges the other files that claim the same kits, and
//! `clashes` finds the lines of the lost kits.

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
