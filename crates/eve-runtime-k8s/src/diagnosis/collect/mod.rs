//! Reads a namespace into a view, and changes nothing.

mod collector;
mod connect;
mod failure;
mod keys;
mod lists;
mod options;
mod scrub;
mod tails;

pub use collector::{collect, unreachable};
pub use connect::connect;
pub use options::CollectOptions;
