//! Attempts as processes.

mod artifacts;
mod attempt;
mod process_runner;

pub(crate) use process_runner::ARTIFACTS;
pub use process_runner::ProcessRunner;
