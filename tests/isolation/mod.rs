//! Isolation of tenants by IAM: the evaluator of the gate, what the template's policies let through, and what sessions
//! cost. The gate itself stands in every test's way (`support/iam/gate.rs`).

mod evaluator;
mod gate;
mod policies;
mod sessions;
