//! The published conformance suites, run on every backend and every wrapper.

mod memory;
mod planted;
#[cfg(unix)]
mod process;
mod proxy;
mod sqlite;
mod wrapped;
