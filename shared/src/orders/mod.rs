//! Use cases that concern orders.

mod attention;
mod context;
mod end;
mod find;
mod place;

pub use attention::{AttentionGroup, AttentionKind, AttentionRows};
pub use context::Orders;
pub use place::PlacedOrder;
