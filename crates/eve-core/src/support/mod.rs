//! What a runtime makes of each key, found out by asking it.

mod asked;
mod ground;
mod supported;

pub use supported::{Support, support};
