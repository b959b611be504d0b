//! How a supervisor is started.

mod launcher;
mod mode;
mod readiness;

pub use launcher::Launcher;
pub use mode::{MODE_ARGUMENT, mode};

pub(crate) use readiness::Readiness;
