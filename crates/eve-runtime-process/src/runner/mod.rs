//! Attempts as processes.

mod attempt;
mod artifacts;
mod process_runner;

pub use process_runner::ProcessRunner;
