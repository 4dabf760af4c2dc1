//! Orders on their way through the card management system (CMS). PENDING is written before the first call; from then on
//! only facts lead out. What is decided without a fact is when to try again, and whether somebody must look.
//!
//! A [`Worker`] takes the steps of one order; [`Worker::process_one`] and its siblings choose one order per call, the
//! sweeps take many. The breaker stands before every call of the CMS.

mod ask;
mod breaker;
mod context;
mod outcome;
mod pick;
mod sweep;
mod worker;

pub use context::{Processing, RetryPolicy};
pub use outcome::StepOutcome;
pub use sweep::Swept;
pub use worker::Worker;
