//! Attempts as processes.

mod artifacts;
mod attempt;
mod process_runner;

pub use process_runner::ProcessRunner;
