//! What Eve needs to be allowed, and whether it is.

mod check;
mod right;
mod role;

pub(crate) use check::Rights;
pub use role::role;
