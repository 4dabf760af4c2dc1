//! IAM, as far as the template uses it: its policies, an evaluator, and a gate through which every request of the suite
//! goes.

pub mod gate;
pub mod policy;
pub mod request;
pub mod template;
